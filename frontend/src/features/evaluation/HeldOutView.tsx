import { useRef, useState } from "react";
import { useListEvaluationsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { jobHasEnded } from "../../api/job";
import type { Libraries } from "../../api/libraries";
import { Button } from "../../ui/Button";
import { Drawer } from "../../ui/Disclosure";
import { Empty, Failure } from "../../ui/Faces";
import { useWide } from "../../ui/useWide";
import { Earlier } from "./Earlier";
import { EvaluationForm } from "./EvaluationForm";
import { EvaluationView } from "./EvaluationView";
import { useSelection } from "./useSelection";

const pollMilliseconds = 4000;
/** As tailwind's xl: from here on the form stands beside the numbers. */
const besidePixels = 1280;

export function HeldOutView({ libraries }: { libraries: Libraries }) {
  const { selection, change } = useSelection();
  const known = useListEvaluationsQuery();
  const live = known.data?.some(({ job }) => !jobHasEnded(job)) ?? false;
  const { data, isError, error, refetch } = useListEvaluationsQuery(undefined, {
    refetchOnMountOrArgChange: true,
    pollingInterval: live ? pollMilliseconds : 0,
  });
  const shown = selection.evaluation || data?.[0]?.job.id;
  const beside = useWide(besidePixels);
  const numbers = useRef<HTMLDivElement>(null);
  const [asking, setAsking] = useState<boolean | null>(null);
  const form = (
    <EvaluationForm
      libraries={libraries}
      selection={selection}
      change={change}
      onStarted={() => {
        setAsking(false);
        numbers.current?.scrollIntoView({ block: "start" });
      }}
    />
  );
  const earlier = data && data.length > 0 && (
    <Earlier
      evaluations={data}
      shown={shown}
      onShow={(evaluation) => change({ evaluation, page: 0, orderedBy: null, part: "data" })}
    />
  );
  return (
    <div className="grid grid-cols-1 gap-x-12 gap-y-10 xl:grid-cols-[22rem_minmax(0,1fr)]">
      {beside ? (
        <div className="grid grid-cols-1 content-start gap-10">
          {form}
          {earlier}
        </div>
      ) : (
        <Drawer title="New evaluation" open={asking ?? data?.length === 0} onToggle={setAsking}>
          {form}
        </Drawer>
      )}
      <div ref={numbers} className="min-w-0 scroll-mt-6">
        {isError && !data && (
          <Failure
            title="Earlier evaluations could not be listed"
            problem={asApiError(error)}
            onRetry={<Button onClick={() => refetch()}>Try again</Button>}
          />
        )}
        {shown && <EvaluationView key={shown} id={shown} selection={selection} change={change} />}
        {!shown && data && (
          <Empty title="Nothing measured yet">
            Choose adapters and data, and the loss of each on rows that nothing was trained on will stand here
            beside that of the base model.
          </Empty>
        )}
      </div>
      {!beside && earlier}
    </div>
  );
}

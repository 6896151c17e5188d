import { useListEvaluationsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { jobHasEnded } from "../../api/job";
import { Button } from "../../ui/Button";
import { Empty, Failure } from "../../ui/Faces";
import type { Libraries } from "./choices";
import { Earlier } from "./Earlier";
import { EvaluationForm } from "./EvaluationForm";
import { EvaluationView } from "./EvaluationView";
import { useSelection } from "./useSelection";

const pollMilliseconds = 4000;

export function HeldOutView({ libraries }: { libraries: Libraries }) {
  const { selection, change } = useSelection();
  const known = useListEvaluationsQuery();
  const live = known.data?.some(({ job }) => !jobHasEnded(job)) ?? false;
  const { data, isError, error, refetch } = useListEvaluationsQuery(undefined, {
    refetchOnMountOrArgChange: true,
    pollingInterval: live ? pollMilliseconds : 0,
  });
  const shown = selection.evaluation || data?.[0]?.job.id;
  return (
    <div className="grid grid-cols-1 gap-x-12 gap-y-10 xl:grid-cols-[22rem_minmax(0,1fr)]">
      <div className="grid grid-cols-1 content-start gap-10">
        <EvaluationForm libraries={libraries} selection={selection} change={change} />
        {data && data.length > 0 && (
          <Earlier
            evaluations={data}
            shown={shown}
            onShow={(evaluation) => change({ evaluation, page: 0, orderedBy: null, part: "data" })}
          />
        )}
      </div>
      <div className="min-w-0 max-xl:order-first">
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
    </div>
  );
}

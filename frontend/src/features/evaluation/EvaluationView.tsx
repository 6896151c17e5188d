import { type Job, useCancelJobMutation, useDeleteJobMutation } from "../../api";
import { asApiError } from "../../api/base";
import { jobHasEnded, shownJobState } from "../../api/job";
import { Button } from "../../ui/Button";
import { Failure, Loading } from "../../ui/Faces";
import { moment } from "../../ui/format";
import { JobProgress } from "../../ui/JobProgress";
import { Notice } from "../../ui/Notice";
import { StateLabel } from "../../ui/StateLabel";
import type { Selection } from "./address";
import { Examples } from "./Examples";
import { Scores } from "./Scores";
import { useFollowed } from "./useFollowed";
import { splitNames } from "./words";

interface ViewProps {
  id: string;
  selection: Selection;
  change: (changes: Partial<Selection>) => void;
}

/** One evaluation: its progress while it goes, then its numbers, or why there are none. */
export function EvaluationView({ id, selection, change }: ViewProps) {
  const { currentData: evaluation, isError, error, refetch } = useFollowed(id);
  const [remove] = useDeleteJobMutation();
  if (!evaluation) {
    if (!isError) return <Loading label="Reading the evaluation" />;
    return (
      <Failure
        title="This evaluation could not be read"
        problem={asApiError(error)}
        onRetry={<Button onClick={() => refetch()}>Try again</Button>}
      />
    );
  }
  const { job, request, result, weights } = evaluation;
  const discard = async () => {
    await remove({ jobId: id });
    change({ evaluation: "" });
  };
  return (
    <article aria-labelledby="evaluation" className="grid grid-cols-1 gap-8">
      <header>
        <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
          <h2 id="evaluation" className="text-xl font-semibold break-words">
            {request.model_name} on {request.data}, {splitNames[request.split ?? "test"]} split
          </h2>
          <StateLabel state={shownJobState(job)} />
        </div>
        <p className="text-soft">
          Asked for {moment(job.created_at)}
          {request.mask_prompt ? "; the answers alone count." : "; every token counts."}
        </p>
      </header>
      {!jobHasEnded(job) && <Going job={job} />}
      {job.state === "failed" && (
        <Notice kind="error" title="It failed" actions={<Button onClick={discard}>Delete it</Button>}>
          <p>{job.reason}</p>
        </Notice>
      )}
      {job.state === "cancelled" && (
        <Notice title={job.reason ?? "Cancelled"} actions={<Button onClick={discard}>Delete it</Button>}>
          <p>It has no numbers.</p>
        </Notice>
      )}
      {result && <Scores result={result} request={request} />}
      {result && <Examples id={id} result={result} weights={weights} selection={selection} change={change} />}
      {result && (
        <p className="flex flex-wrap gap-x-6 gap-y-2 border-t border-line pt-5 text-sm">
          <a className="text-accent hover:underline" download href={`/api/evaluations/${id}/examples.csv`}>
            All examples as CSV
          </a>
          <a className="text-accent hover:underline" download href={`/api/evaluations/${id}/examples.jsonl`}>
            As JSONL
          </a>
          <button type="button" className="text-soft hover:text-ink" onClick={discard}>
            Delete this evaluation
          </button>
        </p>
      )}
    </article>
  );
}

function Going({ job }: { job: Job }) {
  const [cancel, { isLoading }] = useCancelJobMutation();
  return (
    <JobProgress
      job={job}
      label="Progress of the evaluation"
      busy={isLoading}
      onCancel={() => cancel({ jobId: job.id })}
    />
  );
}

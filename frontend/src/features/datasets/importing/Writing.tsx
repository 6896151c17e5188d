import { type Job, useCancelJobMutation } from "../../../api";
import { JobProgress } from "../../../ui/JobProgress";

/** The data set is being written: nothing else is to be done meanwhile. */
export function Writing({ job }: { job: Job }) {
  const [cancel, { isLoading }] = useCancelJobMutation();
  return (
    <div className="grid max-w-2xl grid-cols-1 gap-4">
      <h2 className="text-lg font-semibold [overflow-wrap:anywhere]">{job.title}</h2>
      <JobProgress
        job={job}
        label="Progress of the import"
        busy={isLoading}
        onCancel={() => cancel({ jobId: job.id })}
      />
      <p className="text-sm text-soft">
        The data set appears whole or not at all. This goes on when the page is left.
      </p>
    </div>
  );
}

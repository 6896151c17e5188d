import { Button } from "./Button";
import { about, whole } from "./format";
import { Progress } from "./Progress";

interface Work {
  state: string;
  done: number;
  total: number | null;
  unit: string | null;
  message: string | null;
  seconds_left: number | null;
  cancelling: boolean;
}

/** How far long work is, what it does or waits for, the time left, and the way to end it. */
export function JobProgress({
  job,
  label,
  busy = false,
  onCancel,
}: {
  job: Work;
  label: string;
  busy?: boolean;
  onCancel: () => void;
}) {
  const share = job.total ? job.done / job.total : 0;
  return (
    <section aria-label="Progress" className="grid grid-cols-1 gap-3">
      <Progress share={share} label={label} />
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <div role="status">
          <p>{job.message ?? (job.state === "queued" ? "Waits for its turn" : "Starting")}</p>
          {job.total !== null && (
            <p className="text-sm text-soft">
              <span className="mono">
                {whole(job.done)} of {whole(job.total)}
              </span>{" "}
              {job.unit}
              {job.seconds_left !== null && job.state === "running" && `, ${about(job.seconds_left)} left`}
            </p>
          )}
        </div>
        <Button disabled={busy || job.cancelling} onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </section>
  );
}

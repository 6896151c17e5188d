import { CircleAlert, Pause, Play, X } from "lucide-react";
import {
  type Job,
  useCancelJobMutation,
  useDeleteJobMutation,
  usePauseJobMutation,
  useResumeJobMutation,
} from "../../api";
import { asApiError } from "../../api/base";
import { shownJobState } from "../../api/job";
import { Button } from "../../ui/Button";
import { Progress } from "../../ui/Progress";
import { StateLabel } from "../../ui/StateLabel";
import { useToast } from "../../ui/Toast";
import { progressInWords, shareOf } from "./progress";
import { Sentence } from "./Sentence";

/** One download or conversion: how far it is, what it does or why it failed, and what can be done with it. */
export function WorkRow({ job }: { job: Job }) {
  const figures = progressInWords(job);
  return (
    <li aria-label={job.title} className="grid min-w-0 grid-cols-1 gap-2">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1">
        <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{job.title}</span>
        <StateLabel state={shownJobState(job)} />
      </div>
      <Progress share={shareOf(job)} label={`Progress of ${job.title}`} />
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="min-w-0 flex-1 basis-64 text-sm">
          {job.state === "failed" ? <Reason job={job} /> : <p>{job.message ?? waiting(job)}</p>}
          {figures && <p className="mono text-soft">{figures}</p>}
        </div>
        <Actions job={job} />
      </div>
    </li>
  );
}

function Reason({ job: { reason } }: { job: Job }) {
  return (
    <div role="alert" className="flex gap-1.5">
      <CircleAlert aria-hidden className="mt-[3px] size-3.5 shrink-0 text-bad" />
      <Sentence>{reason ?? ""}</Sentence>
    </div>
  );
}

function waiting({ state }: Job): string {
  if (state === "queued") return "Waits for its turn";
  return state === "paused" ? "What has come so far is kept" : "Starting";
}

function Actions({ job }: { job: Job }) {
  const [pause, pausing] = usePauseJobMutation();
  const [resume, resuming] = useResumeJobMutation();
  const [cancel, cancelling] = useCancelJobMutation();
  const [discard, discarding] = useDeleteJobMutation();
  const say = useToast();
  const busy =
    [pausing, resuming, cancelling, discarding].some(({ isLoading }) => isLoading) || job.cancelling;
  const told = async (answer: Promise<{ error?: unknown }>) => {
    const { error } = await answer;
    if (error) say(asApiError(error).detail);
  };
  const { id, title, state } = job;
  const goesOn = state === "queued" || state === "running";
  return (
    <div className="flex flex-wrap gap-2">
      {goesOn && job.can_pause && (
        <Button disabled={busy} aria-label={`Pause ${title}`} onClick={() => told(pause({ jobId: id }))}>
          <Pause aria-hidden />
          Pause
        </Button>
      )}
      {!goesOn && job.can_resume && (
        <Button
          disabled={busy}
          aria-label={`Go on with ${title}`}
          onClick={() => told(resume({ jobId: id }))}
        >
          <Play aria-hidden />
          Go on
        </Button>
      )}
      {state === "failed" ? (
        <Button disabled={busy} aria-label={`Discard ${title}`} onClick={() => told(discard({ jobId: id }))}>
          <X aria-hidden />
          Discard
        </Button>
      ) : (
        <Button disabled={busy} aria-label={`Cancel ${title}`} onClick={() => told(cancel({ jobId: id }))}>
          <X aria-hidden />
          Cancel
        </Button>
      )}
    </div>
  );
}

import { type SessionDetail, useGetTrainingStatusQuery } from "../../api";
import { hasEnded, isAtRest, secondsLeft, shownState } from "../../api/session";
import { Dot } from "../../ui/Dot";
import { about, duration, whole } from "../../ui/format";
import { Progress } from "../../ui/Progress";
import { StateLabel } from "../../ui/StateLabel";
import { Halt } from "./Halt";
import type { RunRecord } from "./runRecord";

interface StripProps {
  session: SessionDetail;
  record: RunRecord;
  colour: string;
}

/** State, step, share, time left, and what halts it. */
export function Strip({ session, record, colour }: StripProps) {
  const iteration = isAtRest(session) ? session.iteration : Math.max(session.iteration, record.iteration);
  const share = iteration / session.iterations;
  const { fulfilledTimeStamp = 0 } = useGetTrainingStatusQuery();
  return (
    <section aria-label="Progress" className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <p className="flex max-w-full min-w-0 items-center gap-2 text-lg font-semibold">
          <Dot colour={colour} />
          <span className="truncate" title={session.adapter_name}>
            {session.adapter_name}
          </span>
        </p>
        <StateLabel state={shownState(session)} />
        <p className="mono" data-testid="step">
          step {whole(iteration)} of {whole(session.iterations)}
        </p>
        <p className="mono">{Math.round(share * 100)}%</p>
        <p className="mono text-soft">{timing(session, iteration, fulfilledTimeStamp / 1000)}</p>
        {!isAtRest(session) && <Halt session={session} />}
      </div>
      <Progress share={share} label="Progress of the run" colour={colour} />
      <p className="min-w-0 truncate text-sm text-soft">
        {session.model_name} on {session.data_name}
      </p>
    </section>
  );
}

/** `asOf`: when the server last said how it stands, in seconds; what is left does not grow while it is silent. */
function timing(session: SessionDetail, iteration: number, asOf: number): string {
  if (session.duration_seconds !== null) {
    return `${duration(session.duration_seconds)} ${hasEnded(session) ? "in all" : "so far"}`;
  }
  if (session.state === "queued") return "";
  const left = secondsLeft({ ...session, iteration }, asOf);
  return left === null ? "measuring the time left" : `${about(left)} left`;
}

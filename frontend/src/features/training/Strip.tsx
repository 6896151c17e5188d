import { Square } from "lucide-react";
import { useState } from "react";
import { type SessionDetail, useStopSessionMutation } from "../../api";
import { asApiError } from "../../api/base";
import { hasEnded, secondsLeft, shownState } from "../../api/session";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Dot } from "../../ui/Dot";
import { about, duration, whole } from "../../ui/format";
import { Progress } from "../../ui/Progress";
import { StateLabel } from "../../ui/StateLabel";
import { useToast } from "../../ui/Toast";
import type { RunRecord } from "./runRecord";

interface StripProps {
  session: SessionDetail;
  record: RunRecord;
  colour: string;
}

/** State, step, share, time left, and Stop. */
export function Strip({ session, record, colour }: StripProps) {
  const iteration = Math.max(session.iteration, record.iteration);
  const share = iteration / session.iterations;
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
        <p className="mono text-soft">{timing(session, iteration)}</p>
        {!hasEnded(session) && <Stop session={session} />}
      </div>
      <Progress share={share} label="Progress of the run" colour={colour} />
      <p className="min-w-0 truncate text-sm text-soft">
        {session.model_name} on {session.data_name}
      </p>
    </section>
  );
}

function timing(session: SessionDetail, iteration: number): string {
  if (session.duration_seconds !== null) return duration(session.duration_seconds);
  if (session.state === "queued") return "";
  const left = secondsLeft({ ...session, iteration }, Date.now() / 1000);
  return left === null ? "measuring the time left" : `${about(left)} left`;
}

function Stop({ session }: { session: SessionDetail }) {
  const [asking, setAsking] = useState(false);
  const [stop, { isLoading }] = useStopSessionMutation();
  const say = useToast();
  const queued = session.state === "queued";
  const confirm = async () => {
    const answer = await stop({ sessionId: session.id });
    setAsking(false);
    if (answer.error) say(asApiError(answer.error).detail);
  };
  return (
    <>
      <Button className="ml-auto" disabled={session.stopping} onClick={() => setAsking(true)}>
        <Square aria-hidden />
        {queued ? "Take out of the queue" : session.stopping ? "Saving" : "Stop"}
      </Button>
      <ConfirmDialog
        open={asking}
        title={queued ? "Take this run out of the queue?" : "Stop training?"}
        confirm={queued ? "Take it out" : "Stop training"}
        cancel={queued ? "Leave it" : "Go on training"}
        busy={isLoading}
        onConfirm={confirm}
        onClose={() => setAsking(false)}
      >
        {queued
          ? "It has not started, so nothing is lost but its place."
          : "The step in hand is finished and the adapter is kept as it stands then."}
      </ConfirmDialog>
    </>
  );
}

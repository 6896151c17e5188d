import { Pause, Square } from "lucide-react";
import { useState } from "react";
import { type SessionDetail, usePauseSessionMutation, useStopSessionMutation } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { useToast } from "../../ui/Toast";

/** Pause and Stop of a run that trains; the way out of the queue for one that waits. */
export function Halt({ session }: { session: SessionDetail }) {
  const waits = session.state === "queued";
  return (
    <div className="ml-auto flex flex-wrap gap-2">
      {!waits && <PauseButton session={session} />}
      <StopButton session={session} waits={waits} />
    </div>
  );
}

function PauseButton({ session }: { session: SessionDetail }) {
  const [pause, { isLoading }] = usePauseSessionMutation();
  const say = useToast();
  const ask = async () => {
    const answer = await pause({ sessionId: session.id });
    if (answer.error) say(asApiError(answer.error).detail);
  };
  return (
    <Button disabled={isLoading || session.pausing || session.stopping} onClick={ask}>
      <Pause aria-hidden />
      {session.pausing ? "Saving" : "Pause"}
    </Button>
  );
}

function StopButton({ session, waits }: { session: SessionDetail; waits: boolean }) {
  const [asking, setAsking] = useState(false);
  const [stop, { isLoading }] = useStopSessionMutation();
  const say = useToast();
  const confirm = async () => {
    const answer = await stop({ sessionId: session.id });
    setAsking(false);
    if (answer.error) say(asApiError(answer.error).detail);
  };
  return (
    <>
      <Button disabled={session.stopping} onClick={() => setAsking(true)}>
        <Square aria-hidden />
        {waits ? "Take out of the queue" : session.stopping ? "Saving" : "Stop"}
      </Button>
      <ConfirmDialog
        open={asking}
        title={waits ? "Take this run out of the queue?" : "Stop training?"}
        confirm={waits ? "Take it out" : "Stop training"}
        cancel={waits ? "Leave it" : "Go on training"}
        busy={isLoading}
        onConfirm={confirm}
        onClose={() => setAsking(false)}
      >
        {waits
          ? "What it has trained so far stays; only its place is lost."
          : "The step in hand is finished and the adapter is kept as it stands then. It can be resumed later."}
      </ConfirmDialog>
    </>
  );
}

import type { SessionDetail } from "../../api";
import { hasBegun } from "../../api/session";
import { ButtonLink } from "../../ui/Button";
import { plural } from "../../ui/format";
import { Notice } from "../../ui/Notice";

export function Again({ session }: { session: SessionDetail }) {
  return (
    <Notice
      className="mb-6"
      title={`A new run with the settings of ${session.adapter_name}`}
      actions={<ButtonLink to={`/training/${session.id}`}>Show that run</ButtonLink>}
    >
      <p className="text-soft">
        That run and its adapter stay as they are. Choose another model or other data to train it again with
        those: what still applies is kept, and what does not is named.
      </p>
    </Notice>
  );
}

export function Changing({ session }: { session: SessionDetail }) {
  const before = (session.queue_position ?? 1) - 1;
  return (
    <Notice className="mb-6" title={`You are changing ${session.adapter_name}, which waits`}>
      <p className="text-soft">
        {before === 0 ? "It is next in the queue" : `${plural(before, "run")} of the queue come before it`},
        and keeps its place. Nothing new is started.
      </p>
    </Notice>
  );
}

/** A link from before the run began, or was taken out. */
export function CannotChange({ session }: { session: SessionDetail }) {
  return (
    <Notice
      kind="warning"
      title={`${session.adapter_name} can no longer be changed`}
      actions={
        <>
          <ButtonLink look="primary" to={`/setup?from=${encodeURIComponent(session.id)}`}>
            Use its settings for a new run
          </ButtonLink>
          <ButtonLink to={`/training/${session.id}`}>Show the run</ButtonLink>
        </>
      }
    >
      <p>
        {hasBegun(session) ? "It has begun to train" : "It does not wait any more"}; only runs that wait and
        have not begun can be changed.
      </p>
    </Notice>
  );
}

export function canChange(session: SessionDetail): boolean {
  return session.state === "queued" && !hasBegun(session);
}

import { useId, useState } from "react";
import { type Session, useDeleteSessionMutation, useListAdaptersQuery } from "../../api";
import { asApiError } from "../../api/base";
import { ConfirmDialog } from "../../ui/Dialog";
import { useToast } from "../../ui/Toast";

/** Asks before a session goes; its adapter goes too only where that is wanted. */
export function DeleteDialog({ session, onClose }: { session: Session | null; onClose: () => void }) {
  const [withAdapter, setWithAdapter] = useState(false);
  const [remove, { isLoading }] = useDeleteSessionMutation();
  const { data: adapters } = useListAdaptersQuery(undefined, { skip: session === null });
  const say = useToast();
  const hasAdapter = adapters?.some(({ session_id }) => session_id === session?.id) ?? false;

  const close = () => {
    setWithAdapter(false);
    onClose();
  };
  const confirm = async () => {
    if (!session) return;
    const answer = await remove({ sessionId: session.id, adapter: withAdapter && hasAdapter });
    close();
    say(
      answer.error ? asApiError(answer.error).detail : `The session of ${session.adapter_name} was deleted.`,
    );
  };
  return (
    <ConfirmDialog
      open={session !== null}
      title={`Delete the session of ${session?.adapter_name ?? ""}?`}
      confirm="Delete"
      busy={isLoading}
      onConfirm={confirm}
      onClose={close}
    >
      <p>
        Its settings, losses and log will be gone.{hasAdapter && " The adapter stays, unless you say so:"}
      </p>
      {hasAdapter && <AlsoAdapter checked={withAdapter} onChange={setWithAdapter} />}
    </ConfirmDialog>
  );
}

function AlsoAdapter({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const id = useId();
  return (
    <label htmlFor={id} className="mt-3 flex items-center gap-2 text-ink">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 accent-(--color-accent)"
      />
      Delete its adapter too
    </label>
  );
}

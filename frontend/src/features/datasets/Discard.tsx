import { useState } from "react";
import { type ImportDraft, useDeleteImportMutation } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { useToast } from "../../ui/Toast";
import { forgetEdited } from "./kept";
import { filesInWords } from "./words";

/** Throws a draft away, after asking. */
export function Discard({
  draft,
  words,
  label,
  onGone,
}: {
  draft: ImportDraft;
  words: string;
  label?: string;
  onGone?: () => void;
}) {
  const [asking, setAsking] = useState(false);
  const [remove, { isLoading }] = useDeleteImportMutation();
  const say = useToast();
  const discard = async () => {
    const { error } = await remove({ draftId: draft.id });
    setAsking(false);
    if (error) return say(asApiError(error).detail);
    forgetEdited(draft.id);
    onGone?.();
  };
  return (
    <>
      <Button look="quiet" aria-label={label} onClick={() => setAsking(true)}>
        {words}
      </Button>
      <ConfirmDialog
        open={asking}
        title="Throw away what was begun?"
        confirm="Throw away"
        busy={isLoading}
        onConfirm={discard}
        onClose={() => setAsking(false)}
      >
        <p className="[overflow-wrap:anywhere]">
          {draft.origin === "path"
            ? `What was decided about ${draft.path} will be gone. The files stay where they are.`
            : `The copy of ${filesInWords(draft.files.map(({ name }) => name))}, and what was decided about it, will be gone.`}
        </p>
      </ConfirmDialog>
    </>
  );
}

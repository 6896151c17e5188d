import { type Dataset, useDeleteDatasetMutation } from "../../api";
import { asApiError } from "../../api/base";
import { ConfirmDialog } from "../../ui/Dialog";
import { useToast } from "../../ui/Toast";
import { rowsInWords } from "./words";

/** Asks before a data set goes. */
export function DeleteDialog({
  dataset,
  onDeleted,
  onClose,
}: {
  dataset: Dataset | null;
  onDeleted?: () => void;
  onClose: () => void;
}) {
  const [remove, { isLoading }] = useDeleteDatasetMutation();
  const say = useToast();
  const confirm = async () => {
    if (!dataset) return;
    const { error } = await remove({ name: dataset.name });
    onClose();
    say(error ? asApiError(error).detail : `${dataset.name} was deleted.`);
    if (!error) onDeleted?.();
  };
  return (
    <ConfirmDialog
      open={dataset !== null}
      title={`Delete ${dataset?.name ?? ""}?`}
      confirm="Delete"
      busy={isLoading}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>
        Its rows ({dataset && rowsInWords(dataset)}) will be gone. The files that it was made from stay where
        they are.
      </p>
    </ConfirmDialog>
  );
}

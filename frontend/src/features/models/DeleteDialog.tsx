import { useNavigate } from "react-router";
import { type Model, useDeleteModelMutation } from "../../api";
import { asApiError } from "../../api/base";
import { ConfirmDialog } from "../../ui/Dialog";
import { bytes } from "../../ui/format";
import { useToast } from "../../ui/Toast";

/** Asks before a model goes, and says whether that is a link or a whole folder. */
export function DeleteDialog({
  model: { name, path, origin, linked_to, size_bytes },
  open,
  onClose,
}: {
  model: Model;
  open: boolean;
  onClose: () => void;
}) {
  const [remove, { isLoading }] = useDeleteModelMutation();
  const navigate = useNavigate();
  const say = useToast();
  const isLink = origin === "link";
  const confirm = async () => {
    const { error } = await remove({ name });
    onClose();
    if (error) {
      say(asApiError(error).detail);
      return;
    }
    say(isLink ? `The link ${name} was removed.` : `${name} was deleted.`);
    navigate("/models", { replace: true });
  };
  return (
    <ConfirmDialog
      open={open}
      title={isLink ? `Remove ${name} from the library?` : `Delete ${name}?`}
      confirm={isLink ? "Remove the link" : `Delete ${bytes(size_bytes)}`}
      busy={isLoading}
      onConfirm={confirm}
      onClose={onClose}
    >
      {isLink ? (
        <p className="[overflow-wrap:anywhere]">
          Only the link goes. The folder that it leads to stays as it is:{" "}
          <span className="mono">{linked_to}</span>
        </p>
      ) : (
        <p className="[overflow-wrap:anywhere]">
          The folder <span className="mono">{path}</span> and the {bytes(size_bytes)} in it will be gone.
          Adapters that were trained on it stay, but work only on it.
        </p>
      )}
    </ConfirmDialog>
  );
}

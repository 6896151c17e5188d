import { Trash2 } from "lucide-react";
import { useState } from "react";
import {
  api,
  type SavedSettings,
  type SavedSettingsDetail,
  useApiDispatch,
  useDeleteSavedSettingsMutation,
  useListSavedSettingsQuery,
} from "../../api";
import { asApiError } from "../../api/base";
import { IconButton } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { ConfirmDialog } from "../../ui/Dialog";
import { moment } from "../../ui/format";

interface SavedListProps {
  chosen: string;
  onChoose: (saved: SavedSettingsDetail) => void;
}

/** What was saved under a name, the newest first. */
export function SavedList({ chosen, onChoose }: SavedListProps) {
  const { data: saved, error } = useListSavedSettingsQuery(undefined, { refetchOnMountOrArgChange: true });
  const [problem, setProblem] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const dispatch = useApiDispatch();
  const load = async (name: string) => {
    const asked = dispatch(api.endpoints.getSavedSettings.initiate({ name }, { forceRefetch: true }));
    const answer = await asked;
    asked.unsubscribe();
    setProblem(answer.error ? asApiError(answer.error).detail : null);
    if (answer.data) onChoose(answer.data);
  };
  if (error) return <p className="text-sm text-bad">{asApiError(error).detail}</p>;
  if (!saved) return null;
  if (saved.length === 0) return <p className="text-soft">Nothing was saved under a name yet.</p>;
  return (
    <div>
      <ul
        aria-label="Saved settings"
        className="max-h-56 divide-y divide-line overflow-y-auto rounded-md border border-edge"
      >
        {saved.map((one) => (
          <li key={one.name} className={cx("flex items-center", one.name === chosen && "bg-accent-ground")}>
            <Row saved={one} chosen={one.name === chosen} onChoose={() => load(one.name)} />
            <IconButton label={`Delete ${one.name}`} onClick={() => setDeleting(one.name)}>
              <Trash2 aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      {problem && <p className="mt-1 text-sm text-bad">{problem}</p>}
      {deleting !== null && <Delete name={deleting} onClose={() => setDeleting(null)} />}
    </div>
  );
}

function Row({
  saved: { name, problem, model_path, train_data_path, saved_at },
  chosen,
  onChoose,
}: {
  saved: SavedSettings;
  chosen: boolean;
  onChoose: () => void;
}) {
  const about = [model_path, train_data_path, moment(saved_at)].filter(Boolean).join(" · ");
  return (
    <button
      type="button"
      aria-pressed={chosen}
      className="min-w-0 flex-1 px-3 py-2 text-left hover:bg-hover"
      onClick={onChoose}
    >
      <span className="block truncate font-medium">{name}</span>
      <span className={cx("block truncate text-sm", problem ? "text-bad" : "text-soft")}>
        {problem ?? about}
      </span>
    </button>
  );
}

function Delete({ name, onClose }: { name: string; onClose: () => void }) {
  const [remove, { isLoading, error }] = useDeleteSavedSettingsMutation();
  return (
    <ConfirmDialog
      open
      title={`Delete the settings ${name}?`}
      confirm="Delete"
      busy={isLoading}
      onClose={onClose}
      onConfirm={async () => {
        const answer = await remove({ name });
        if (!answer.error) onClose();
      }}
    >
      <p>{error ? asApiError(error).detail : "Runs that were started with them stay as they are."}</p>
    </ConfirmDialog>
  );
}

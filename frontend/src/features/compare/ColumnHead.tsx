import { X } from "lucide-react";
import { IconButton } from "../../ui/Button";
import { Dot } from "../../ui/Dot";
import { Select } from "../../ui/Select";
import type { AdapterFile } from "./address";
import { type ColumnPlan, chosenFile, filesOf, weightsInWords } from "./columns";

/** Who speaks here: name, colour, which of its weights; and the way to take the column off. */
export function ColumnHead({
  plan,
  onFile,
  onRemove,
}: {
  plan: ColumnPlan;
  onFile: (file: AdapterFile) => void;
  onRemove: (() => void) | null;
}) {
  return (
    <header className="flex items-start gap-2 border-b border-line px-3 py-2 max-sm:sticky max-sm:top-0 max-sm:z-10 max-sm:bg-surface max-sm:rounded-t-lg">
      <div className="min-w-0 flex-1">
        <h3 className="flex min-h-9 items-center gap-2">
          <Dot colour={plan.colour} />
          <span className="min-w-0 truncate font-semibold" title={plan.name}>
            {plan.name}
          </span>
          {!plan.pick && <span className="shrink-0 text-sm text-soft">base model</span>}
        </h3>
        <WeightsChoice plan={plan} onFile={onFile} />
      </div>
      {onRemove && (
        <IconButton label={`Remove the column of ${inFull(plan)}`} onClick={onRemove}>
          <X aria-hidden />
        </IconButton>
      )}
    </header>
  );
}

function WeightsChoice({ plan, onFile }: { plan: ColumnPlan; onFile: (file: AdapterFile) => void }) {
  const { pick, adapter } = plan;
  if (!pick || !adapter) return null;
  const chosen = String(chosenFile(pick.file, adapter));
  const files = filesOf(adapter).map(String);
  const all = files.includes(chosen) ? files : [chosen, ...files];
  if (all.length === 1) return <p className="text-sm text-soft">{plan.weights} weights</p>;
  return (
    <Select
      aria-label={`Weights of ${plan.name}`}
      value={chosen}
      onChange={(value) => onFile(value === "best" || value === "latest" ? value : Number(value))}
      options={all.map((value) => ({
        value,
        label: /^\d+$/.test(value) ? weightsInWords(Number(value)) : value,
        detail: value === chosen && pick.file === null ? "chosen by itself" : undefined,
      }))}
    />
  );
}

export function inFull({ name, weights }: ColumnPlan): string {
  return `${name}, ${weights}`;
}

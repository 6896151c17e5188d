import { X } from "lucide-react";
import type { AdapterFile } from "../../api/picks";
import { IconButton } from "../../ui/Button";
import { Dot } from "../../ui/Dot";
import { Select } from "../../ui/Select";
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
    <header className="border-b border-line px-3 pt-1.5 pb-2 max-sm:sticky max-sm:top-0 max-sm:z-10 max-sm:rounded-t-lg max-sm:bg-surface">
      <div className="flex min-h-9 items-center gap-2">
        <Dot colour={plan.colour} />
        <h3 className="min-w-0 flex-1 truncate font-semibold" title={plan.name}>
          {plan.name}
        </h3>
        {onRemove && (
          <IconButton
            label={`Remove the column of ${inFull(plan)}`}
            className="-mr-2 w-8 min-h-8"
            onClick={onRemove}
          >
            <X aria-hidden />
          </IconButton>
        )}
      </div>
      <WeightsChoice plan={plan} onFile={onFile} />
    </header>
  );
}

function WeightsChoice({ plan, onFile }: { plan: ColumnPlan; onFile: (file: AdapterFile) => void }) {
  const { pick, adapter } = plan;
  if (!pick) return <p className="flex min-h-9 items-center text-sm text-soft">base model</p>;
  if (!adapter) return null;
  const chosen = String(chosenFile(pick.file, adapter));
  const files = filesOf(adapter).map(String);
  const all = files.includes(chosen) ? files : [chosen, ...files];
  if (all.length === 1) {
    return <p className="flex min-h-9 items-center text-sm text-soft">{plan.weights} weights</p>;
  }
  return (
    <Select
      aria-label={`Weights of ${plan.name}`}
      value={chosen}
      onChange={(value) => onFile(value === "best" || value === "latest" ? value : Number(value))}
      options={all.map((value) => ({
        value,
        label: /^\d+$/.test(value) ? weightsInWords(Number(value)) : value,
      }))}
    />
  );
}

export function inFull({ name, weights }: ColumnPlan): string {
  return `${name}, ${weights}`;
}

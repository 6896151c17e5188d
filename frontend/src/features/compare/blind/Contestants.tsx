import type { Adapter, Model } from "../../../api";
import type { AdapterFile } from "../../../api/picks";
import { Dot } from "../../../ui/Dot";
import { Field } from "../../../ui/Field";
import { type Option, Select } from "../../../ui/Select";
import {
  type ColumnPlan,
  type Completed,
  chosenFile,
  isMadeFor,
  otherBase,
  weightsInWords,
} from "../columns";
import { BaseField } from "../LibraryFields";
import { freeFiles, freePick, type Slot, slotsOf, withSlot } from "./slots";

interface ContestantsProps {
  comparison: Completed;
  plans: ColumnPlan[];
  models: Model[];
  adapters: Adapter[];
  onChange: (comparison: Completed) => void;
}

const names = ["First contestant", "Second contestant", "Third contestant"];
const baseModel = "base model";
const nobody = "nobody";

/** The base model, and the two or three that are judged on it. */
export function Contestants({ comparison, plans, models, adapters, onChange }: ContestantsProps) {
  return (
    <div className="flex flex-wrap gap-4">
      <BaseField
        base={comparison.base}
        models={models}
        onChange={(base) => onChange({ ...comparison, base })}
      />
      {slotsOf(comparison).map((slot, index) => (
        <Contestant
          // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place
          key={index}
          index={index}
          slot={slot}
          plan={plans[index]}
          comparison={comparison}
          model={models.find(({ name }) => name === comparison.base)}
          adapters={adapters}
          onChange={(next) => onChange(withSlot(comparison, index, next))}
        />
      ))}
    </div>
  );
}

interface ContestantProps {
  index: number;
  slot: Slot;
  plan: ColumnPlan | undefined;
  comparison: Completed;
  model: Model | undefined;
  adapters: Adapter[];
  onChange: (slot: Slot) => void;
}

function Contestant({ index, slot, plan, comparison, model, adapters, onChange }: ContestantProps) {
  const name = names[index] ?? "";
  const slots = slotsOf(comparison);
  const chosen = slot === null ? nobody : slot === "base" ? baseModel : slot.adapter;
  const choose = (value: string) => {
    const adapter = adapters.find((each) => each.name === value);
    onChange(value === baseModel ? "base" : adapter ? freePick(adapter, slots, index) : null);
  };
  return (
    <div className="grid w-full content-start gap-2 sm:w-56">
      <Field label={name} error={plan?.problem ?? undefined}>
        {(control) => (
          <Select
            {...control}
            leading={plan && <Dot colour={plan.colour} />}
            value={chosen}
            onChange={choose}
            options={[
              { value: baseModel, label: baseModel, disabled: slot !== "base" && slots.includes("base") },
              ...adapters.map((adapter) => option(adapter, comparison.base, model, slots, index)),
              ...(slot === null || slots.filter(Boolean).length > 2
                ? [{ value: nobody, label: nobody, detail: "two are enough" }]
                : []),
            ]}
          />
        )}
      </Field>
      {plan?.adapter && slot !== null && slot !== "base" && (
        <WeightsField
          label={`Weights of the ${name.toLowerCase()}`}
          file={chosenFile(slot.file, plan.adapter)}
          files={freeFiles(plan.adapter, slots, index)}
          onChange={(file) => onChange({ ...slot, file })}
        />
      )}
    </div>
  );
}

/** Best, latest or a checkpoint; nothing where there is nothing to choose. */
function WeightsField({
  label,
  file,
  files,
  onChange,
}: {
  label: string;
  file: AdapterFile;
  files: AdapterFile[];
  onChange: (file: AdapterFile) => void;
}) {
  if (files.length < 2) return null;
  return (
    <Select
      aria-label={label}
      value={weightsInWords(file)}
      onChange={(words) => onChange(files.find((each) => weightsInWords(each) === words) ?? file)}
      options={files.map((each) => ({ value: weightsInWords(each), label: weightsInWords(each) }))}
    />
  );
}

function option(
  adapter: Adapter,
  baseName: string,
  model: Model | undefined,
  slots: Slot[],
  index: number,
): Option {
  const problem =
    adapter.problem ?? (isMadeFor(adapter, baseName, model) ? null : otherBase(adapter, baseName));
  const spent = freePick(adapter, slots, index) === null;
  return {
    value: adapter.name,
    label: adapter.name,
    detail: problem ?? (spent ? "all its weights take part" : undefined),
    disabled: problem !== null || spent,
  };
}

import type { Adapter, Model } from "../../../api";
import { Dot } from "../../../ui/Dot";
import { Field } from "../../../ui/Field";
import { type Option, Select } from "../../../ui/Select";
import type { AdapterFile } from "../address";
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
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
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
    <div className="grid min-w-0 content-start gap-2">
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
        <Select
          aria-label={`Weights of the ${name.toLowerCase()}`}
          value={weightsInWords(chosenFile(slot.file, plan.adapter))}
          onChange={(value) => onChange({ ...slot, file: fileCalled(value) })}
          options={freeFiles(plan.adapter, slots, index).map((file) => ({
            value: weightsInWords(file),
            label: weightsInWords(file),
          }))}
        />
      )}
    </div>
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

function fileCalled(words: string): AdapterFile {
  return words === "best" || words === "latest" ? words : Number(words.replace("step ", ""));
}

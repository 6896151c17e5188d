import type { Adapter, Dataset, Model } from "../../api";
import { Dot } from "../../ui/Dot";
import { Field } from "../../ui/Field";
import { runColour } from "../../ui/runColour";
import { type Option, Select } from "../../ui/Select";
import type { Comparison } from "./comparison";

/** Which base, which adapter, and the data whose held-out prompts are offered. */
export function Pickers({
  comparison,
  models,
  adapters,
  datasets,
  dataName,
  onChange,
}: {
  comparison: Comparison;
  models: Model[];
  adapters: Adapter[];
  datasets: Dataset[];
  dataName: string | undefined;
  onChange: (changes: Partial<Comparison>) => void;
}) {
  return (
    <div className="grid max-w-5xl gap-4 sm:grid-cols-3">
      <Field label="Base model">
        {(control) => (
          <Select
            {...control}
            leading={<Dot colour="var(--color-base)" />}
            value={comparison.base}
            onChange={(base) => onChange({ base })}
            options={withCurrent(models.map(usable), comparison.base)}
          />
        )}
      </Field>
      <Field label="Adapter">
        {(control) => (
          <Select
            {...control}
            leading={<Dot colour={runColour(comparison.adapter)} />}
            value={comparison.adapter}
            onChange={(adapter) => onChange({ adapter, data: "" })}
            options={withCurrent(adapters.map(usable), comparison.adapter)}
          />
        )}
      </Field>
      <Field label="Examples from">
        {(control) => (
          <Select
            {...control}
            value={dataName ?? ""}
            placeholder="No data set"
            onChange={(data) => onChange({ data, prompt: null })}
            options={datasets.map(usable)}
          />
        )}
      </Field>
    </div>
  );
}

function usable({ name, problem }: Model | Adapter | Dataset): Option {
  return { value: name, label: name, detail: problem ?? undefined, disabled: Boolean(problem) };
}

/** What the address names is shown also where the library does not have it: a model elsewhere, an adapter that is gone. */
function withCurrent(options: Option[], current: string): Option[] {
  if (current === "" || options.some(({ value }) => value === current)) return options;
  return [...options, { value: current, label: current, detail: "not in the library" }];
}

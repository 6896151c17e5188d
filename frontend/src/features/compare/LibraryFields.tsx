import type { Dataset, Model } from "../../api";
import { Dot } from "../../ui/Dot";
import { Field, type FieldControl } from "../../ui/Field";
import { type Option, Select } from "../../ui/Select";

/** The base model that answers alone and under every adapter. */
export function BaseField({
  base,
  models,
  onChange,
}: {
  base: string;
  models: Model[];
  onChange: (base: string) => void;
}) {
  return (
    <Field label="Base model" className="w-full sm:w-72">
      {(control) => (
        <Select
          {...control}
          leading={<Dot colour="var(--color-base)" />}
          value={base}
          onChange={onChange}
          options={withCurrent(models.map(asOption), base)}
        />
      )}
    </Field>
  );
}

export function DataField({
  label,
  className = "w-full sm:w-64",
  ...select
}: DataSelectProps & { label: string; className?: string }) {
  return (
    <Field label={label} className={className}>
      {(control) => <DataSelect {...control} {...select} />}
    </Field>
  );
}

interface DataSelectProps {
  name: string;
  datasets: Dataset[];
  onChange: (name: string) => void;
}

export function DataSelect({
  name,
  datasets,
  onChange,
  ...control
}: DataSelectProps & Partial<FieldControl> & { "aria-label"?: string }) {
  return (
    <Select
      {...control}
      value={name}
      placeholder="No data set"
      onChange={onChange}
      options={withCurrent(datasets.map(asOption), name)}
    />
  );
}

function asOption({ name, problem }: Model | Dataset): Option {
  return { value: name, label: name, detail: problem ?? undefined, disabled: Boolean(problem) };
}

/** What the address names is shown also where the library does not have it. */
function withCurrent(options: Option[], current: string): Option[] {
  if (current === "" || options.some(({ value }) => value === current)) return options;
  return [...options, { value: current, label: current, detail: "not in the library" }];
}

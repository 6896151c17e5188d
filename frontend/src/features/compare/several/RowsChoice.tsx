import type { Dataset } from "../../../api";
import { Field } from "../../../ui/Field";
import { whole } from "../../../ui/format";
import { Select } from "../../../ui/Select";
import { counts, type Split, splits } from "../address";
import { DataField } from "../LibraryFields";

export const splitLabels: Record<Split, string> = { test: "test", valid: "validation", train: "train" };

/** Which splits a data set has, the one that training has seen least first. */
export function splitsOf(dataset: Dataset | undefined): Split[] {
  return splits.filter((split) => dataset?.rows[split]);
}

/** Which prompts are asked. */
export function RowsChoice({
  dataset,
  datasets,
  split,
  count,
  onData,
  onSplit,
  onCount,
}: {
  dataset: Dataset | undefined;
  datasets: Dataset[];
  split: Split;
  count: number;
  onData: (name: string) => void;
  onSplit: (split: Split) => void;
  onCount: (count: number) => void;
}) {
  return (
    <div className="flex flex-wrap items-start gap-4">
      <DataField label="Prompts from" name={dataset?.name ?? ""} datasets={datasets} onChange={onData} />
      <Field label="Split" className="w-52">
        {(control) => (
          <Select
            {...control}
            value={split}
            onChange={(value) => onSplit(value as Split)}
            options={splits.map((value) => ({
              value,
              label: splitLabels[value],
              detail: dataset?.rows[value] ? `${whole(dataset.rows[value])} rows` : "none",
              disabled: !dataset?.rows[value],
            }))}
          />
        )}
      </Field>
      <Field label="How many" className="w-28">
        {(control) => (
          <Select
            {...control}
            value={String(count)}
            onChange={(value) => onCount(Number(value))}
            options={counts.map((each) => ({ value: String(each), label: String(each) }))}
          />
        )}
      </Field>
    </div>
  );
}

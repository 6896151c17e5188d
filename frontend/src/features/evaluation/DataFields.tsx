import type { Dataset } from "../../api";
import { Checkbox } from "../../ui/Checkbox";
import { Choice } from "../../ui/Choice";
import { Field } from "../../ui/Field";
import { plural } from "../../ui/format";
import { Segments } from "../../ui/Segments";
import { Select } from "../../ui/Select";
import { NumberInput } from "../../ui/TextInput";
import type { Selection } from "./address";
import { type Chosen, libraryOptions } from "./choices";
import { splitNames } from "./words";

/** Which rows are measured. */
export function DataFields({
  datasets,
  chosen,
  rows,
  errors,
  change,
}: {
  datasets: Dataset[];
  chosen: Chosen;
  /** as typed */
  rows: string;
  errors: { data: string | undefined; rows: string | undefined };
  change: (changes: Partial<Selection>) => void;
}) {
  return (
    <>
      <Field label="Data" error={errors.data}>
        {(control) => (
          <Select
            {...control}
            value={chosen.data}
            placeholder="No data set"
            onChange={(data) => change({ data, split: null })}
            options={libraryOptions(datasets, chosen.data)}
          />
        )}
      </Field>
      {chosen.splits.length > 1 && (
        <div>
          <Segments
            label="Split"
            value={chosen.split}
            onChange={(split) => change({ split })}
            options={chosen.splits.map((split) => ({ value: split, label: splitNames[split] }))}
          />
        </div>
      )}
      <Field
        label="Rows"
        help={
          <>
            {chosen.available === undefined
              ? "Empty measures all of them."
              : `Empty measures all ${plural(chosen.available, "row")} of the ${splitNames[chosen.split]} split.`}
            {chosen.split === "valid" &&
              " The best weights of a run are chosen by its validation split: numbers on it flatter them a little."}
          </>
        }
        error={errors.rows}
      >
        {(control) => (
          <NumberInput
            {...control}
            unit="rows"
            placeholder="all"
            value={rows}
            onChange={(event) => change({ rows: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

const counted = [
  { value: "all", label: "Every token", help: "As training counts them unless told otherwise." },
  { value: "answers", label: "Answers alone", help: "Questions and system prompts are read, not counted." },
];

/** Which tokens are measured, and whether the general text is. */
export function CountFields({
  selection,
  change,
}: {
  selection: Selection;
  change: (changes: Partial<Selection>) => void;
}) {
  return (
    <>
      <Field label="What counts">
        {(control) => (
          <Choice
            {...control}
            value={selection.answersOnly ? "answers" : "all"}
            onChange={(value) => change({ answersOnly: value === "answers" })}
            options={counted}
          />
        )}
      </Field>
      <Checkbox checked={selection.general} onChange={(general) => change({ general })}>
        <span>
          Also a general text
          <span className="block text-sm text-soft">Shows what an adapter forgot meanwhile.</span>
        </span>
      </Checkbox>
    </>
  );
}

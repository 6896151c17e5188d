import type { ImportDraft, ImportLook } from "../../../api";
import { Section } from "../../../ui/Card";
import { Choice } from "../../../ui/Choice";
import { Why } from "../../../ui/Disclosure";
import { Field } from "../../../ui/Field";
import { Select } from "../../../ui/Select";
import { NumberInput } from "../../../ui/TextInput";
import { type Edited, type EditedField, namesSplits, problemsOf } from "./edited";

const noGroup = "\u0000none";

/** Which rows are trained on, and which only tell how well that goes. */
export function SplitSection({
  draft,
  look,
  edited,
  change,
}: {
  draft: ImportDraft;
  look: ImportLook;
  edited: Edited;
  change: (changes: Partial<Edited>) => void;
}) {
  const named = namesSplits(draft);
  return (
    <Section title="What is held out">
      <div className="grid max-w-2xl grid-cols-1 gap-5">
        <Choice
          aria-label="What is held out"
          value={edited.divide ? "divide" : "keep"}
          onChange={(value) => change({ divide: value === "divide" })}
          options={[
            named
              ? {
                  value: "keep",
                  label: "As the files are named",
                  help: "Their names say which split they are.",
                }
              : {
                  value: "keep",
                  label: "Nothing",
                  help: "Every row is trained on; no loss tells how well it goes.",
                },
            {
              value: "divide",
              label: named ? "Divide all rows anew" : "A part, chosen at random",
              help: "Rows for validation are never trained on: their loss tells when to stop.",
            },
          ]}
        />
        {edited.divide && <Shares look={look} edited={edited} change={change} />}
      </div>
    </Section>
  );
}

function Shares({
  look,
  edited,
  change,
}: {
  look: ImportLook;
  edited: Edited;
  change: (changes: Partial<Edited>) => void;
}) {
  const problems = problemsOf(edited);
  // Shares are a decision to divide: files that come later do not take it back.
  const decide = (changes: Partial<Edited>) => change({ divide: true, ...changes });
  const number = (field: EditedField, label: string, unit?: string) => (
    <Field label={label} error={problems.get(field)}>
      {(control) => (
        <NumberInput
          {...control}
          unit={unit}
          value={edited[field]}
          onChange={(event) => decide({ [field]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <div>
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
        {number("validPercent", "Validation", "percent")}
        {number("testPercent", "Test", "percent")}
      </div>
      <Why label="Seed and groups">
        <div className="grid grid-cols-1 gap-4 text-base text-ink sm:grid-cols-2">
          {number("seed", "Seed")}
          <Field label="Keep together" help="Rows with the same value in this column stay on one side.">
            {(control) => (
              <Select
                {...control}
                value={edited.group || noGroup}
                onChange={(column) => decide({ group: column === noGroup ? "" : column })}
                options={[
                  { value: noGroup, label: "each row by itself" },
                  ...look.columns.map(({ name, kind }) => ({ value: name, label: name, detail: kind })),
                ]}
              />
            )}
          </Field>
        </div>
        <p>The same seed divides the same rows in the same way, and equal rows are never torn apart.</p>
      </Why>
    </div>
  );
}

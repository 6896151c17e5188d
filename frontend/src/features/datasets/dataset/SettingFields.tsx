import type { Model } from "../../../api";
import { Choice } from "../../../ui/Choice";
import { Dot } from "../../../ui/Dot";
import { Field } from "../../../ui/Field";
import { whole } from "../../../ui/format";
import { Segments } from "../../../ui/Segments";
import { type Option, Select } from "../../../ui/Select";
import { NumberInput } from "../../../ui/TextInput";
import type { Shown } from "./address";
import type { Chosen } from "./chosen";

interface FieldsProps {
  shown: Shown;
  chosen: Chosen;
  models: Model[];
  change: (changes: Partial<Shown>) => void;
  /** what the server says of a field */
  problems: Map<string, string>;
}

/** The settings of a run that decide what a row becomes. */
export function EncodingFields({ shown, chosen, models, change, problems }: FieldsProps) {
  return (
    <>
      <Field label="Model" error={problems.get("model_name")}>
        {(control) => (
          <Select
            {...control}
            leading={<Dot colour="var(--color-base)" />}
            value={chosen.model}
            placeholder="No model"
            onChange={(model) => change({ model, part: 0 })}
            options={modelOptions(models, chosen.model)}
          />
        )}
      </Field>
      <Field
        label="Longest sequence"
        help="What is longer is cut there."
        error={
          chosen.length === undefined ? "A whole number from 2 to 1,048,576." : problems.get("max_seq_length")
        }
      >
        {(control) => (
          <NumberInput
            {...control}
            unit="tokens"
            placeholder={whole(chosen.usual.length)}
            value={shown.length}
            onChange={(event) => change({ length: event.target.value, part: 0 })}
          />
        )}
      </Field>
      <Field label="What carries loss">
        {(control) => (
          <Choice
            {...control}
            value={shown.answersOnly ? "answers" : "all"}
            onChange={(value) => change({ answersOnly: value === "answers" })}
            options={[
              { value: "all", label: "Every token", help: "Prompts are learned too." },
              { value: "answers", label: "Answers only", help: "Prompts are read, not learned." },
            ]}
          />
        )}
      </Field>
      {shown.answersOnly && (
        <div>
          <Segments
            label="Which answers of a conversation"
            value={shown.turns}
            onChange={(turns) => change({ turns })}
            options={[
              { value: "all", label: "All answers" },
              { value: "last", label: "The last" },
            ]}
          />
        </div>
      )}
    </>
  );
}

/** How an epoch is cut into batches. */
export function BatchFields({ shown, chosen, change, problems }: Omit<FieldsProps, "models">) {
  return (
    <>
      <Field
        label="Batch size"
        help="Shorter rows of a batch are padded to its longest."
        error={chosen.batch === undefined ? "A whole number from 1 to 4,096." : problems.get("batch_size")}
      >
        {(control) => (
          <NumberInput
            {...control}
            unit="rows"
            placeholder={String(chosen.usual.batch)}
            value={shown.batch}
            onChange={(event) => change({ batch: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Epochs"
        help="How often every row is seen."
        error={chosen.epochs === undefined ? "A whole number from 1 to 10,000." : undefined}
      >
        {(control) => (
          <NumberInput
            {...control}
            unit="epochs"
            placeholder="1"
            value={shown.epochs}
            onChange={(event) => change({ epochs: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

/** What the address names is shown also where the library does not have it. */
function modelOptions(models: Model[], current: string): Option[] {
  const known = models.map(({ name, problem, has_chat_template }) => ({
    value: name,
    label: name,
    detail: problem ?? (has_chat_template ? undefined : "no chat template"),
    disabled: Boolean(problem),
  }));
  if (current === "" || known.some(({ value }) => value === current)) return known;
  return [...known, { value: current, label: current, detail: "not in the library" }];
}

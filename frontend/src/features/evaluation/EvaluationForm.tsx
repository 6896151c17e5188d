import { useStartEvaluationMutation } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Choice } from "../../ui/Choice";
import { Dot } from "../../ui/Dot";
import { Field } from "../../ui/Field";
import { plural } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import { Segments } from "../../ui/Segments";
import { Select } from "../../ui/Select";
import { NumberInput } from "../../ui/TextInput";
import { AdapterPicks } from "./AdapterPicks";
import type { Selection } from "./address";
import { chosenFrom, type Libraries, readRows, requestOf } from "./choices";

const counted = [
  { value: "all", label: "Every token", help: "As training counts them unless told otherwise." },
  { value: "answers", label: "Answers alone", help: "Questions and system prompts are read, not counted." },
];

export function EvaluationForm({
  libraries,
  selection,
  change,
  onStarted,
}: {
  libraries: Libraries;
  selection: Selection;
  change: (changes: Partial<Selection>) => void;
  onStarted: () => void;
}) {
  const [start, { isLoading, error }] = useStartEvaluationMutation();
  const chosen = chosenFrom(selection, libraries);
  const rows = readRows(selection.rows);
  const refused = error ? asApiError(error) : undefined;
  const ready = chosen.base !== "" && chosen.data !== "" && rows !== undefined && !isLoading;

  const submit = async () => {
    if (!ready) return;
    const { data } = await start({ evaluationRequest: requestOf(chosen, selection, rows) });
    if (!data) return;
    const { base, picks, data: dataset, split } = chosen;
    change({ base, picks, data: dataset, split, evaluation: data.job.id, page: 0, orderedBy: null });
    onStarted();
  };

  return (
    <form
      aria-label="A new evaluation"
      className="grid grid-cols-1 gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p className="text-soft">
        How well each of them predicts rows that nothing was trained on. Lower loss is better.
      </p>
      <Field label="Base model" error={fieldError(refused, "model_name")}>
        {(control) => (
          <Select
            {...control}
            leading={<Dot colour="var(--color-base)" />}
            value={chosen.base}
            onChange={(base) => change({ base })}
            options={options(libraries.models, chosen.base)}
          />
        )}
      </Field>
      <AdapterPicks
        adapters={libraries.adapters}
        base={chosen.base}
        picks={chosen.picks}
        error={fieldError(refused, "adapters", "adapter_name", "adapter_scale")}
        onChange={(picks) => change({ picks })}
      />
      <Field label="Data" error={fieldError(refused, "data", "split")}>
        {(control) => (
          <Select
            {...control}
            value={chosen.data}
            placeholder="No data set"
            onChange={(data) => change({ data, split: null })}
            options={options(libraries.datasets, chosen.data)}
          />
        )}
      </Field>
      {chosen.splits.length > 1 && (
        <div>
          <Segments
            label="Split"
            value={chosen.split}
            onChange={(split) => change({ split })}
            options={chosen.splits.map((split) => ({ value: split, label: split }))}
          />
        </div>
      )}
      <Field
        label="Rows"
        help={
          chosen.available === undefined
            ? "Empty measures all of them."
            : `Empty measures all ${plural(chosen.available, "row")} of the ${chosen.split} split.`
        }
        error={rows === undefined ? "A whole number from 1, or nothing." : fieldError(refused, "limit")}
      >
        {(control) => (
          <NumberInput
            {...control}
            unit="rows"
            placeholder="all"
            value={selection.rows}
            onChange={(event) => change({ rows: event.target.value })}
          />
        )}
      </Field>
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
      {refused && refused.fields.length === 0 && (
        <Notice kind="error" title="This cannot be measured">
          <p>{refused.detail}</p>
        </Notice>
      )}
      <Button type="submit" look="primary" disabled={!ready}>
        Measure
      </Button>
    </form>
  );
}

function fieldError(refused: ApiError | undefined, ...names: string[]): string | undefined {
  return refused?.fields.find(({ field }) => names.includes(field))?.message;
}

/** What the address names is shown also where the library does not have it. */
function options(known: { name: string; problem: string | null }[], current: string) {
  const listed = known.map(({ name, problem }) => ({
    value: name,
    label: name,
    detail: problem ?? undefined,
    disabled: Boolean(problem),
  }));
  if (current === "" || listed.some(({ value }) => value === current)) return listed;
  return [...listed, { value: current, label: current, detail: "not in the library" }];
}

import { useStartEvaluationMutation } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import type { Libraries } from "../../api/libraries";
import { Button } from "../../ui/Button";
import { Dot } from "../../ui/Dot";
import { Field } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { AdapterPicks } from "./AdapterPicks";
import type { Selection } from "./address";
import { chosenFrom, libraryOptions, readRows, requestOf, weightsFrom } from "./choices";
import { CountFields, DataFields } from "./DataFields";
import { useTrainedOn } from "./useTrainedOn";

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
  const trainedOn = useTrainedOn(weightsFrom(selection, libraries).picks, libraries.adapters);
  const chosen = chosenFrom(selection, libraries, trainedOn);
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
            options={libraryOptions(libraries.models, chosen.base)}
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
      <DataFields
        datasets={libraries.datasets}
        chosen={chosen}
        rows={selection.rows}
        errors={{
          data: fieldError(refused, "data", "split"),
          rows: rows === undefined ? "A whole number from 1, or nothing." : fieldError(refused, "limit"),
        }}
        change={change}
      />
      <CountFields selection={selection} change={change} />
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

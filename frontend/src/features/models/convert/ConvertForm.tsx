import { type ConversionEstimate, type Model, useConvertModelMutation } from "../../../api";
import { type ApiError, asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { bytes } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { TextInput } from "../../../ui/TextInput";
import { useToast } from "../../../ui/Toast";
import { RecipeFields } from "./RecipeFields";
import { fieldsInSight, requestOf } from "./recipe";
import { useChoices } from "./useChoices";
import { useEstimate } from "./useEstimate";

/** What is to be made of the model, under a name that is not among those taken, how large it would be, and the button that makes it. */
export function ConvertForm({ model, taken }: { model: Model; taken: string[] }) {
  const { choices, change } = useChoices();
  const request = requestOf(choices, model.name, taken);
  const estimate = useEstimate(request);
  const [convert, { isLoading, error, reset }] = useConvertModelMutation();
  const say = useToast();
  const refused = error ? asApiError(error) : estimate.error;
  const aboutName = refused?.fields.find(({ field }) => field === "name")?.message;
  const inSight = fieldsInSight(choices);
  const saidAtFields = refused?.fields.length && refused.fields.every(({ field }) => inSight.includes(field));
  const problem = estimate.shown?.problem ?? null;
  const changing: typeof change = (changes) => {
    reset();
    change(changes);
  };

  const submit = async () => {
    const { data } = await convert({ conversionRequest: request });
    if (!data) return;
    change({ name: null });
    say(`${data.title} has begun.`);
  };
  return (
    <form
      aria-label="A new conversion"
      noValidate
      className="grid max-w-[640px] grid-cols-1 content-start gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <RecipeFields choices={choices} errors={refused?.fields ?? []} change={changing} />
      <Field label="Name of the new model" error={aboutName}>
        {(control) => (
          <TextInput
            {...control}
            className="mono"
            value={request.name}
            onChange={(event) => changing({ name: event.target.value })}
          />
        )}
      </Field>
      {refused ? !saidAtFields && <Refusal problem={refused} /> : <Estimate estimate={estimate.shown} />}
      <Button
        type="submit"
        look="primary"
        className="justify-self-start"
        disabled={isLoading || estimate.error !== null || problem !== null}
      >
        Convert
      </Button>
    </form>
  );
}

function Refusal({ problem: { detail } }: { problem: ApiError }) {
  return (
    <Notice kind="error" title="This cannot be made">
      <p>{detail}</p>
    </Notice>
  );
}

function Estimate({ estimate }: { estimate: ConversionEstimate | undefined }) {
  if (!estimate) return <p className="min-h-12 text-soft" />;
  const { size_before_bytes, size_bytes, sentence, notes, problem } = estimate;
  const share = Math.min(1, size_bytes / Math.max(size_before_bytes, size_bytes));
  return (
    <div className="grid grid-cols-1 gap-1.5" aria-live="polite">
      <div
        role="img"
        aria-label={`${bytes(size_bytes)} instead of ${bytes(size_before_bytes)}`}
        className="h-1.5 overflow-hidden rounded-full bg-line"
      >
        <div className="h-full rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
      </div>
      <p>{sentence}</p>
      {notes.map((note) => (
        <p key={note} className="text-sm text-soft">
          {note}
        </p>
      ))}
      {problem && (
        <Notice kind="warning" title="It cannot be made now" className="mt-1">
          <p>{problem}</p>
        </Notice>
      )}
    </div>
  );
}

import { useFormContext } from "react-hook-form";
import type { SuggestedSettings, TrainingEstimate } from "../../api";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Notice } from "../../ui/Notice";
import { applies } from "./applies";
import { ConfigField } from "./ConfigField";
import { describe, type FormValues } from "./fields";
import { follows, withDefaults, withSettings } from "./form";
import { LearningRate } from "./LearningRate";

/** How long and how fast. */
export function TrainingSection({
  suggestion,
  estimate,
}: {
  suggestion: SuggestedSettings | undefined;
  estimate: TrainingEstimate | undefined;
}) {
  return (
    <Section title="Training">
      <div className="grid gap-5">
        {suggestion && <Suggestion settings={suggestion} />}
        <div className="grid gap-5 sm:grid-cols-2">
          <ConfigField name="iterations" />
          <LearningRate estimate={estimate} />
          <BatchSize />
          <ConfigField name="max_seq_length" />
        </div>
        <ConfigField name="early_stop" />
        <ConfigField name="patience" className="max-w-xs" />
      </div>
    </Section>
  );
}

/** Batches by tokens have no size of their own: the field says so in its place. */
function BatchSize() {
  const { watch, setValue } = useFormContext<FormValues>();
  if (applies("batch_size", watch())) return <ConfigField name="batch_size" />;
  return (
    <div>
      <p className="mb-1 font-medium">{describe("batch_size").title}</p>
      <p className="text-sm text-soft">
        As many examples as fit into <span className="mono text-ink">{String(watch("batch_tokens"))}</span>{" "}
        tokens.
      </p>
      <Button className="mt-1.5" onClick={() => setValue("batch_tokens", "", { shouldValidate: true })}>
        Use a fixed size
      </Button>
    </div>
  );
}

/** Says that settings were measured for this model and data, and offers the way there or back. */
function Suggestion({ settings }: { settings: SuggestedSettings }) {
  const { watch, reset } = useFormContext<FormValues>();
  const values = watch();
  const followed = follows(values, settings);
  const initial = withDefaults(values, settings);
  const isDefault = JSON.stringify(initial) === JSON.stringify(values);
  const fill = (next: FormValues) => reset(next);
  return (
    <Notice
      title={
        followed ? "Measured for this model and data" : "There are measured settings for this model and data"
      }
      actions={
        <>
          {!followed && (
            <Button onClick={() => fill(withSettings(values, settings))}>Use the measured settings</Button>
          )}
          {!isDefault && <Button onClick={() => fill(initial)}>Use defaults</Button>}
        </>
      }
    >
      <p className="text-soft">
        {followed
          ? "Steps, batch and learning rate are the ones that were seen to work on these two together."
          : "They set steps, batch and learning rate; what you typed stays until you take them."}
      </p>
    </Notice>
  );
}

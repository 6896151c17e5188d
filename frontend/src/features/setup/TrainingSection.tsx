import { useFormContext } from "react-hook-form";
import type { SuggestedSettings } from "../../api";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Drawer } from "../../ui/Disclosure";
import { Notice } from "../../ui/Notice";
import { ConfigField } from "./ConfigField";
import { type FormValues, follows, withDefaults, withSettings } from "./form";

/** How long and how fast. */
export function TrainingSection({ suggestion }: { suggestion: SuggestedSettings | undefined }) {
  const { watch } = useFormContext<FormValues>();
  return (
    <Section title="Training">
      <div className="grid gap-5">
        {suggestion && <Suggestion settings={suggestion} />}
        <div className="grid gap-5 sm:grid-cols-2">
          <ConfigField name="iterations" />
          <ConfigField name="learning_rate" help="1e-5 to 1e-3; 1e-4 is recommended for LoRA." />
          <ConfigField name="batch_size" />
          <ConfigField name="max_seq_length" />
        </div>
        <ConfigField name="early_stop" />
        {watch("early_stop") === true && <ConfigField name="patience" className="max-w-xs" />}
        <ConfigField name="mask_prompt" />
        <MoreSettings />
      </div>
    </Section>
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

function MoreSettings() {
  return (
    <Drawer title="More settings">
      <div className="grid gap-5 sm:grid-cols-2">
        <ConfigField name="steps_per_report" />
        <ConfigField name="steps_per_eval" />
        <ConfigField name="save_every" />
        <ConfigField name="val_batches" />
        <ConfigField name="optimizer" />
        <ConfigField name="seed" />
        <div className="grid gap-5 sm:col-span-2">
          <ConfigField name="grad_checkpoint" />
          <ConfigField name="val_data_path" />
          <ConfigField name="resume_adapter_file" />
          <ConfigField name="lora_scale" />
        </div>
      </div>
    </Drawer>
  );
}

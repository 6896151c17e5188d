import { ChevronRight } from "lucide-react";
import { Field } from "../../ui/Field";
import { Select } from "../../ui/Select";
import { NumberInput, TextArea } from "../../ui/TextInput";
import { initialSettings, type Settings, type SettingsProblems } from "./settings";

interface SamplingFieldsProps {
  settings: Settings;
  problems: SettingsProblems;
  onChange: (changes: Partial<Settings>) => void;
}

/** The three that are turned often. */
export function SamplingFields({ settings, problems, onChange }: SamplingFieldsProps) {
  return (
    <>
      <Field
        label="Temperature"
        error={problems.temperature}
        className="min-w-20 flex-1 sm:w-28 sm:flex-none"
      >
        {(control) => (
          <NumberInput
            {...control}
            title="0 gives the likeliest words each time."
            value={settings.temperature}
            onChange={(event) => onChange({ temperature: event.target.value })}
          />
        )}
      </Field>
      <Field label="Length" error={problems.tokens} className="w-36">
        {(control) => (
          <NumberInput
            {...control}
            unit="tokens"
            value={settings.tokens}
            onChange={(event) => onChange({ tokens: event.target.value })}
          />
        )}
      </Field>
      <Field label="Seed" error={problems.seed} className="min-w-20 flex-1 sm:w-28 sm:flex-none">
        {(control) => (
          <NumberInput
            {...control}
            title="The same seed gives the same text again."
            placeholder="random"
            value={settings.seed}
            onChange={(event) => onChange({ seed: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

/** All of them, where the prompt does not stand beside. */
export function SamplingForm({
  settings,
  problems,
  onSettings,
}: Omit<SamplingFieldsProps, "onChange"> & { onSettings: SamplingFieldsProps["onChange"] }) {
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="flex flex-wrap items-start gap-3 sm:gap-4">
        <SamplingFields settings={settings} problems={problems} onChange={onSettings} />
      </div>
      <MoreSettings settings={settings} problems={problems} onChange={onSettings} />
    </div>
  );
}

const numbers = [
  ["topP", "Top p", "Chooses among the likeliest words that together reach this share; 1 leaves it out."],
  ["minP", "Min p", "Leaves out words less likely than this share of the likeliest; 0 leaves it out."],
  ["topK", "Top k", "Chooses among this many likeliest words; 0 leaves it out."],
  ["penalty", "Repetition penalty", "Above 1 repeats less of what was said; 1 leaves it out."],
] as const;

const thinkingOptions = [
  { value: "default", label: "As the model has it" },
  { value: "on", label: "On" },
  { value: "off", label: "Off" },
];

/** The others, each with its sentence, shut until they are wanted. */
export function MoreSettings({ settings, problems, onChange }: SamplingFieldsProps) {
  const names = [...numbers.map(([name]) => name), "stop", "system", "thinking"] as const;
  const changed = names.filter((name) => settings[name] !== initialSettings[name]).length;
  const wrong = names.some((name) => problems[name]);
  return (
    <details className="group" open={wrong || undefined}>
      <summary className="inline-flex items-center gap-1.5 rounded text-accent hover:underline">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 transition-transform duration-150 group-open:rotate-90"
        />
        More settings
        {changed > 0 && <span className="text-sm text-soft">{changed} changed</span>}
      </summary>
      <div className="mt-4 grid max-w-5xl gap-x-6 gap-y-5 animate-appear sm:grid-cols-2 lg:grid-cols-4">
        {numbers.map(([name, label, help]) => (
          <Field key={name} label={label} help={help} error={problems[name]}>
            {(control) => (
              <NumberInput
                {...control}
                value={settings[name]}
                onChange={(event) => onChange({ [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
        <Field
          label="System prompt"
          className="sm:col-span-2"
          help="Stands before the conversation in every column; empty leaves it to the chat template."
        >
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              value={settings.system}
              onChange={(event) => onChange({ system: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Stop at"
          error={problems.stop}
          help="An answer ends before any of these texts, one a line."
        >
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              className="mono"
              value={settings.stop}
              onChange={(event) => onChange({ stop: event.target.value })}
            />
          )}
        </Field>
        <Field label="Thinking" help="For templates that know enable_thinking; others pay no heed to it.">
          {(control) => (
            <Select
              {...control}
              value={settings.thinking || "default"}
              onChange={(value) => onChange({ thinking: value === "on" || value === "off" ? value : "" })}
              options={thinkingOptions}
            />
          )}
        </Field>
      </div>
    </details>
  );
}

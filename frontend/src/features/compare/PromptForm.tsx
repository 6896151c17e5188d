import { CornerDownLeft, Square } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { TextArea } from "../../ui/TextInput";
import { MoreSettings, SamplingFields } from "./SamplingFields";
import type { Settings, SettingsProblems } from "./settings";

const askKeys = navigator.platform.startsWith("Mac") ? "⌘↵" : "Ctrl+↵";

interface PromptFormProps {
  /** what is asked: one prompt, or several from a data set */
  question: ReactNode;
  settings: Settings;
  problems: SettingsProblems;
  asking: boolean;
  askLabel: string;
  onSettings: (changes: Partial<Settings>) => void;
  onAsk: () => void;
  onStop: () => void;
}

/** What is asked, how it is sampled, and the one button that asks or stops. */
export function PromptForm(props: PromptFormProps) {
  const { question, settings, problems, asking, askLabel, onSettings, onAsk, onStop } = props;
  return (
    <div className="grid grid-cols-1 gap-4">
      {question}
      <div className="flex flex-wrap items-start gap-3 sm:gap-4">
        <SamplingFields settings={settings} problems={problems} onChange={onSettings} />
        <div className="flex items-center gap-3 max-sm:w-full sm:mt-[1.625rem]">
          {asking ? (
            <Button className="max-sm:w-full" onClick={onStop}>
              <Square aria-hidden />
              Stop all
            </Button>
          ) : (
            <Button look="primary" className="max-sm:w-full" onClick={onAsk}>
              <CornerDownLeft aria-hidden />
              {askLabel}
            </Button>
          )}
          <span aria-hidden className="text-sm text-soft max-sm:hidden">
            {asking ? "Esc" : askKeys}
          </span>
        </div>
      </div>
      <MoreSettings settings={settings} problems={problems} onChange={onSettings} />
    </div>
  );
}

export function PromptField({
  prompt,
  reference,
  error,
  onPrompt,
}: {
  prompt: string;
  reference: string | null | undefined;
  error: string | undefined;
  onPrompt: (prompt: string) => void;
}) {
  return (
    <Field label="Prompt" error={error} help={reference && `In the data the answer is: ${reference}`}>
      {(control) => (
        <TextArea {...control} rows={2} value={prompt} onChange={(event) => onPrompt(event.target.value)} />
      )}
    </Field>
  );
}

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
        <div className="max-sm:w-full sm:mt-[1.625rem]">
          <AskButton asking={asking} label={askLabel} onAsk={onAsk} onStop={onStop} />
        </div>
      </div>
      <MoreSettings settings={settings} problems={problems} onChange={onSettings} />
    </div>
  );
}

interface AskButtonProps {
  asking: boolean;
  label: string;
  onAsk: () => void;
  onStop: () => void;
}

/** Asks, or stops what is asked, with the key that does the same. */
export function AskButton({ asking, label, onAsk, onStop }: AskButtonProps) {
  return (
    <div className="flex items-center gap-3">
      {asking ? (
        <Button className="max-sm:w-full" onClick={onStop}>
          <Square aria-hidden />
          Stop all
        </Button>
      ) : (
        <Button look="primary" className="max-sm:w-full" onClick={onAsk}>
          <CornerDownLeft aria-hidden />
          {label}
        </Button>
      )}
      <span aria-hidden className="text-sm text-soft max-sm:hidden">
        {asking ? "Esc" : askKeys}
      </span>
    </div>
  );
}

export function PromptField({
  prompt,
  help,
  error,
  onPrompt,
  onFocus,
  onBlur,
}: {
  prompt: string;
  help: string | undefined;
  error: string | undefined;
  onPrompt: (prompt: string) => void;
  onFocus: () => void;
  onBlur: () => void;
}) {
  return (
    <Field label="Prompt" error={error} help={help}>
      {(control) => (
        <TextArea
          {...control}
          rows={2}
          value={prompt}
          onChange={(event) => onPrompt(event.target.value)}
          onFocus={onFocus}
          onBlur={onBlur}
        />
      )}
    </Field>
  );
}

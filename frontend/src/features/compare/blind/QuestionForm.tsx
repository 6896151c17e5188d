import { CornerDownLeft, Shuffle } from "lucide-react";
import type { RefObject } from "react";
import type { Dataset } from "../../../api";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { plural } from "../../../ui/format";
import { TextArea } from "../../../ui/TextInput";
import { DataField } from "../LibraryFields";
import { MoreSettings, SamplingFields } from "../SamplingFields";
import type { Settings, SettingsProblems } from "../settings";
import { useShortcuts } from "../useShortcuts";

interface QuestionFormProps {
  prompt: string;
  promptField: RefObject<HTMLTextAreaElement | null>;
  datasets: Dataset[];
  dataName: string;
  questions: number;
  settings: Settings;
  problems: SettingsProblems;
  /** why no round can begin */
  obstacle: string | undefined;
  onPrompt: (prompt: string) => void;
  /** somebody is in the field of the prompt */
  onHold: () => void;
  onDraw: () => void;
  onData: (name: string) => void;
  onSettings: (changes: Partial<Settings>) => void;
  onBegin: () => void;
}

/** What is asked in the next round, and how long and how freely it is answered. */
export function QuestionForm(props: QuestionFormProps) {
  const { prompt, promptField, settings, problems, obstacle, onPrompt, onHold, onSettings, onBegin } = props;
  useShortcuts({ ask: () => obstacle === undefined && onBegin(), stop: null });
  return (
    <div className="grid grid-cols-1 gap-4">
      <Field label="Prompt">
        {(control) => (
          <TextArea
            {...control}
            ref={promptField}
            rows={2}
            value={prompt}
            onChange={(event) => onPrompt(event.target.value)}
            onFocus={onHold}
          />
        )}
      </Field>
      <Draw {...props} />
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <SamplingFields settings={settings} problems={problems} onChange={onSettings} />
        <Button
          look="primary"
          aria-keyshortcuts="Control+Enter Meta+Enter"
          className="max-sm:w-full sm:mt-[1.625rem]"
          disabled={Boolean(obstacle)}
          onClick={onBegin}
        >
          <CornerDownLeft aria-hidden />
          Start the round
        </Button>
      </div>
      <MoreSettings settings={settings} problems={problems} onChange={onSettings} />
      {obstacle && (
        <p role="status" className="text-sm text-soft">
          {obstacle}
        </p>
      )}
    </div>
  );
}

function Draw({ datasets, dataName, questions, onData, onDraw }: QuestionFormProps) {
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
      <DataField label="Prompts from" name={dataName} datasets={datasets} onChange={onData} />
      <Button
        className="max-sm:w-full sm:mt-[1.625rem]"
        disabled={questions === 0}
        title={`${plural(questions, "prompt")} to draw from`}
        onClick={onDraw}
      >
        <Shuffle aria-hidden />
        Another prompt
      </Button>
    </div>
  );
}

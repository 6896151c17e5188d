import { CornerDownLeft } from "lucide-react";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { NumberInput, TextArea } from "../../ui/TextInput";
import type { Comparison, SamplingProblems } from "./comparison";
import type { Example } from "./examples";

interface PromptFormProps {
  prompt: string;
  comparison: Comparison;
  problems: SamplingProblems;
  examples: Example[];
  asking: boolean;
  onPrompt: (prompt: string) => void;
  onChange: (changes: Partial<Comparison>) => void;
  onAsk: () => void;
}

/** The prompt, how it is sampled, and prompts to start from. */
export function PromptForm(props: PromptFormProps) {
  const { prompt, comparison, problems, examples, asking, onPrompt, onChange, onAsk } = props;
  const reference = examples.find((example) => example.prompt === prompt)?.answer;
  return (
    <div className="grid grid-cols-1 gap-4">
      <Field label="Prompt" {...(reference && { help: `In the data the answer is: ${reference}` })}>
        {(control) => (
          <TextArea {...control} rows={2} value={prompt} onChange={(event) => onPrompt(event.target.value)} />
        )}
      </Field>
      <div className="flex flex-wrap items-start gap-4">
        <Field label="Temperature" error={problems.temperature} className="w-32">
          {(control) => (
            <NumberInput
              {...control}
              value={comparison.temperature}
              onChange={(event) => onChange({ temperature: event.target.value })}
            />
          )}
        </Field>
        <Field label="Length" error={problems.tokens} className="w-40">
          {(control) => (
            <NumberInput
              {...control}
              unit="tokens"
              value={comparison.tokens}
              onChange={(event) => onChange({ tokens: event.target.value })}
            />
          )}
        </Field>
        <Button look="primary" className="max-sm:w-full sm:mt-[1.625rem]" disabled={asking} onClick={onAsk}>
          <CornerDownLeft aria-hidden />
          {asking ? "Answering" : "Compare answers"}
        </Button>
      </div>
      {examples.length > 0 && <Examples examples={examples} chosen={prompt} onChoose={onPrompt} />}
    </div>
  );
}

function Examples({
  examples,
  chosen,
  onChoose,
}: {
  examples: Example[];
  chosen: string;
  onChoose: (prompt: string) => void;
}) {
  return (
    <div>
      <h2 className="mb-2 text-sm text-soft">Not seen in training; take one to start from</h2>
      <ul className="flex flex-wrap gap-2">
        {examples.map(({ prompt }) => (
          <li key={prompt} className="max-w-full">
            <button
              type="button"
              aria-pressed={prompt === chosen}
              title={prompt}
              onClick={() => onChoose(prompt)}
              className="block max-w-full truncate rounded-full border border-line bg-surface px-3 py-1 text-sm transition-colors duration-120 hover:border-edge hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-ground sm:max-w-sm"
            >
              {prompt}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

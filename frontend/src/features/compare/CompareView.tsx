import { type KeyboardEvent, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { type Adapter, type Dataset, type Model, useGetSessionQuery } from "../../api";
import { Section } from "../../ui/Card";
import { runColour } from "../../ui/runColour";
import { AnswerColumn } from "./AnswerColumn";
import { type Comparison, readSampling, writeComparison } from "./comparison";
import { useExamples } from "./examples";
import { Pickers } from "./Pickers";
import { PromptForm } from "./PromptForm";
import { useAnswers } from "./useAnswers";

interface CompareViewProps {
  comparison: Comparison;
  models: Model[];
  adapters: Adapter[];
  datasets: Dataset[];
}

/** One prompt, two answers: the base model in grey, the adapter in its own colour. */
export function CompareView({ comparison, models, adapters, datasets }: CompareViewProps) {
  const [, setSearch] = useSearchParams();
  const adapter = adapters.find(({ name }) => name === comparison.adapter);
  const trainedOn = useGetSessionQuery(
    { sessionId: adapter?.session_id ?? "" },
    { skip: !adapter?.session_id },
  );
  const dataName = comparison.data || trainedOn.currentData?.data_name || datasets[0]?.name;
  const dataset = datasets.find(({ name }) => name === dataName);
  const examples = useExamples(dataset);
  const [typed, setTyped] = useState<string | null>(null);
  const prompt = typed ?? comparison.prompt ?? examples[0]?.prompt ?? "";
  const { sampling, problems } = readSampling(comparison);
  const answers = useRef<HTMLDivElement>(null);
  const { ask, base, tuned, asking } = useAnswers();

  const change = (changes: Partial<Comparison>) =>
    setSearch(writeComparison({ ...comparison, ...changes }), { replace: true });
  const askBoth = () => {
    if (!sampling) return;
    change({ prompt });
    answers.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    void ask(prompt, comparison.base, comparison.adapter, sampling);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    askBoth();
  };

  return (
    <div className="grid grid-cols-1 gap-6">
      <Pickers
        comparison={comparison}
        models={models}
        adapters={adapters}
        datasets={datasets}
        dataName={dataName}
        onChange={change}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the form inside */}
      <div onKeyDown={onKeyDown}>
        <PromptForm
          prompt={prompt}
          comparison={comparison}
          problems={problems}
          examples={examples}
          asking={asking}
          onPrompt={setTyped}
          onChange={change}
          onAsk={askBoth}
        />
      </div>
      <Section title="Answers">
        <div ref={answers} className="grid scroll-mb-20 gap-4 md:grid-cols-2">
          <AnswerColumn name={comparison.base} kind="base model" colour="var(--color-base)" answer={base} />
          <AnswerColumn
            name={comparison.adapter}
            kind="adapter"
            colour={runColour(comparison.adapter)}
            answer={tuned}
          />
        </div>
      </Section>
    </div>
  );
}

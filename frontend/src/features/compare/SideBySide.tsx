import { Eraser, RotateCcw, Undo2 } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Failure } from "../../ui/Faces";
import { AnswersBar } from "./AnswersBar";
import { ColumnGrid } from "./ColumnGrid";
import { Examples } from "./Examples";
import { DataSelect } from "./LibraryFields";
import { useModelStatus } from "./MemoryLine";
import { PromptField, PromptForm } from "./PromptForm";
import { readSettings } from "./settings";
import type { Libraries, useComparison } from "./useComparison";
import { useExamples } from "./useExamples";
import { useShortcuts } from "./useShortcuts";
import { useTurns } from "./useTurns";

type Compared = ReturnType<typeof useComparison>;

/** One prompt, or a conversation: every column answers, all in one batch. */
export function SideBySide({ compared, libraries }: { compared: Compared; libraries: Libraries }) {
  const { comparison, plans, dataset, change, changeSettings, chooseFile, remove } = compared;
  const asConversation = comparison.mode === "conversation";
  const examples = useExamples(dataset);
  const [typed, setTyped] = useState<string | null>(null);
  const [refused, setRefused] = useState(false);
  const [marked, setMarked] = useState(false);
  const turns = useTurns();
  const status = useModelStatus(turns.asking);

  const spoken = asConversation && turns.turns.length > 0;
  const prompt = typed ?? (spoken ? "" : (comparison.prompt ?? examples[0]?.prompt ?? ""));
  const { sampling, problems } = readSettings(comparison.settings);
  const answering = plans.filter(({ problem }) => !problem);
  const question = sampling && { ...sampling, model_name: comparison.base };
  const ready = question !== null && answering.length > 0 && !turns.asking;

  const ask = async () => {
    if (!ready) return;
    setRefused(!prompt.trim());
    if (!prompt.trim()) return;
    change({ prompt });
    setTyped(asConversation ? "" : prompt);
    const answered = await turns.ask({ ...question, prompt }, answering, asConversation);
    if (!answered) setTyped((since) => since || prompt);
  };
  const askAgain = () => {
    const last = turns.turns.at(-1);
    if (ready && last) void turns.askAgain({ ...question, prompt: last.prompt }, answering);
  };
  useShortcuts({ ask, stop: turns.asking ? turns.stop : null });

  return (
    <>
      <PromptForm
        question={
          <>
            <PromptField
              prompt={prompt}
              reference={examples.find((example) => example.prompt === prompt)?.answer}
              error={refused && !prompt.trim() ? "Write what the models are to answer." : undefined}
              onPrompt={setTyped}
            />
            <div className="flex flex-wrap items-center gap-x-3 gap-y-2 sm:flex-nowrap">
              <span className="w-40 shrink-0">
                <DataSelect
                  aria-label="Examples from"
                  name={dataset?.name ?? ""}
                  datasets={libraries.datasets}
                  onChange={(data) => change({ data })}
                />
              </span>
              <div className="min-w-0 flex-1">
                <Examples examples={examples} chosen={prompt} onChoose={setTyped} />
              </div>
            </div>
          </>
        }
        settings={comparison.settings}
        problems={problems}
        asking={turns.asking}
        askLabel={asConversation && spoken ? "Go on" : "Compare answers"}
        onSettings={changeSettings}
        onAsk={ask}
        onStop={turns.stop}
      />
      <Section
        title="Answers"
        aside={
          <AnswersBar
            compared={compared}
            libraries={libraries}
            markLabel={
              plans.length > 1 ? `Mark what differs from the ${comparison.withBase ? "base" : "first"}` : null
            }
            marked={marked}
            onMarked={setMarked}
          >
            {turns.turns.length > 0 && (
              <Button disabled={turns.asking} onClick={askAgain}>
                <RotateCcw aria-hidden />
                Ask again
              </Button>
            )}
            {spoken && (
              <Button disabled={turns.asking} onClick={turns.clear}>
                <Eraser aria-hidden />
                Clear
              </Button>
            )}
            {turns.undoClear && (
              <Button onClick={turns.undoClear}>
                <Undo2 aria-hidden />
                Bring back
              </Button>
            )}
          </AnswersBar>
        }
      >
        {turns.problem && (
          <div className="mb-4">
            <Failure title="Nothing was answered" problem={turns.problem} />
          </div>
        )}
        <ColumnGrid
          plans={plans}
          base={comparison.base}
          turns={turns.turns}
          asking={turns.asking}
          asConversation={asConversation}
          waitingFor={status?.state === "loading" ? "Loading the model" : "Waiting"}
          marked={marked}
          onFile={chooseFile}
          onRemove={remove}
          onStop={turns.stopOne}
        />
      </Section>
    </>
  );
}

import { type RefObject, useEffect, useRef, useState } from "react";
import type { Adapter, Dataset, Model } from "../../../api";
import { Button } from "../../../ui/Button";
import { Failure } from "../../../ui/Faces";
import { Notice } from "../../../ui/Notice";
import { type ColumnPlan, type Completed, planColumns } from "../columns";
import { readSettings } from "../settings";
import { useDataset } from "../useComparison";
import { Answering } from "./Answering";
import { Contestants } from "./Contestants";
import { Judging } from "./Judging";
import { QuestionForm } from "./QuestionForm";
import { byHand, type Question } from "./questions";
import { fewestContestants, mostContestants, requestOf } from "./round";
import { Tally } from "./Tally";
import { useQuestions } from "./useQuestions";
import type { useRounds } from "./useRounds";
import { Voted } from "./Voted";

interface BlindViewProps {
  rounds: ReturnType<typeof useRounds>;
  comparison: Completed;
  models: Model[];
  adapters: Adapter[];
  datasets: Dataset[];
  onChange: (comparison: Completed) => void;
}

/** Set up, answer out of sight, judge, name; the tally shows only where nothing is hidden. */
export function BlindView({ rounds, comparison, models, adapters, datasets, onChange }: BlindViewProps) {
  const { stage, problem } = rounds;
  const plans = planColumns(comparison, models, adapters).slice(0, mostContestants);
  const dataset = useDataset(comparison, adapters, datasets);
  const questions = useQuestions(dataset);
  const [drawn, setDrawn] = useState<Question | null>(null);
  const [typed, setTyped] = useState(comparison.prompt);
  const question = typed === null ? (drawn ?? questions.first ?? byHand("")) : byHand(typed);
  const promptField = useRef<HTMLTextAreaElement>(null);
  const { sampling, problems } = readSettings(comparison.settings);

  const begin = (asked: Question) => {
    if (!sampling) return;
    void rounds.begin(asked, plans, requestOf(comparison.base, asked, plans, sampling));
  };
  const drawNext = () => {
    const next = questions.next();
    setTyped(null);
    setDrawn(next);
    return next;
  };
  const beginNext = () => {
    const next = drawNext();
    if (next) begin(next);
  };
  const atSetup = stage.at !== "answering" && stage.at !== "judging" && stage.at !== "voted";
  useFocusOnReturn(promptField, atSetup);

  if (stage.at === "answering") {
    return <Answering question={stage.question} places={stage.places} onLeave={rounds.leave} />;
  }
  if (stage.at === "judging") {
    return (
      <Judging
        round={stage.round}
        saving={rounds.saving}
        unsaved={rounds.unsaved}
        onVote={(choice) => void rounds.vote(stage.round, choice)}
        onLeave={rounds.leave}
      />
    );
  }
  return (
    <div className="grid grid-cols-1 gap-8">
      {stage.at === "voted" ? (
        <Voted
          round={stage.round}
          choice={stage.choice}
          onNext={questions.count > 0 ? beginNext : null}
          onSetUp={rounds.leave}
        />
      ) : (
        <div className="grid grid-cols-1 gap-6">
          {stage.at === "void" && (
            <Notice kind="warning" title="This round counts for nothing">
              {stage.reason}
            </Notice>
          )}
          {stage.at === "refused" && problem && (
            <Failure
              title="No round could begin"
              problem={problem}
              onRetry={<Button onClick={() => begin(question)}>Try again</Button>}
            />
          )}
          <Contestants
            comparison={comparison}
            plans={plans}
            models={models}
            adapters={adapters}
            onChange={onChange}
          />
          <QuestionForm
            prompt={question.prompt}
            promptField={promptField}
            datasets={datasets}
            dataName={dataset?.name ?? ""}
            questions={questions.count}
            settings={comparison.settings}
            problems={problems}
            obstacle={obstacleOf(plans, question, sampling !== null)}
            onPrompt={setTyped}
            onDraw={drawNext}
            onData={(data) => {
              setDrawn(null);
              onChange({ ...comparison, data });
            }}
            onSettings={(changes) =>
              onChange({ ...comparison, settings: { ...comparison.settings, ...changes } })
            }
            onBegin={() => begin(question)}
          />
        </div>
      )}
      <Tally model={comparison.base} onTakenBack={rounds.leave} />
    </div>
  );
}

/** Focuses the field when `here` becomes true, not where it was true from the beginning. */
function useFocusOnReturn(field: RefObject<HTMLElement | null>, here: boolean) {
  const was = useRef(here);
  useEffect(() => {
    if (here && !was.current) field.current?.focus();
    was.current = here;
  }, [field, here]);
}

function obstacleOf(plans: ColumnPlan[], question: Question, sampled: boolean): string | undefined {
  if (plans.length < fewestContestants) return "Choose at least two contestants.";
  if (plans.some(({ problem }) => problem))
    return "Choose another contestant in place of the one that cannot answer.";
  if (!sampled)
    return "Temperature and length need numbers; another setting of the address may be wrong too.";
  return question.prompt.trim() === "" ? "Write a prompt, or draw one." : undefined;
}

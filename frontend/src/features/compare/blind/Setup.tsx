import { type ReactNode, useEffect, useRef } from "react";
import type { Adapter, Dataset, Model } from "../../../api";
import { type ColumnPlan, type Completed, planColumns } from "../columns";
import { readSettings, type Sampling } from "../settings";
import { useDataset } from "../useComparison";
import { Contestants } from "./Contestants";
import { QuestionForm } from "./QuestionForm";
import type { Question } from "./questions";
import { fewestContestants, mostContestants } from "./round";
import type { useQuestions } from "./useQuestions";

/** What the address and the libraries make of a round. */
export function useRoundPlan(
  comparison: Completed,
  models: Model[],
  adapters: Adapter[],
  datasets: Dataset[],
) {
  const columns = planColumns(comparison, models, adapters);
  return {
    plans: columns.slice(0, mostContestants),
    leftOut: Math.max(0, columns.length - mostContestants),
    dataset: useDataset(comparison, adapters, datasets),
    ...readSettings(comparison.settings),
  };
}

interface SetupProps {
  comparison: Completed;
  plan: ReturnType<typeof useRoundPlan>;
  questions: ReturnType<typeof useQuestions>;
  models: Model[];
  adapters: Adapter[];
  datasets: Dataset[];
  /** whether a round went before: the prompt then takes the focus */
  returning: boolean;
  onChange: (comparison: Completed) => void;
  onBegin: () => void;
  children: ReactNode;
}

/** Who takes part, what is asked, and what was wrong with the round before. */
export function Setup(props: SetupProps) {
  const { comparison, plan, questions, models, adapters, datasets, returning, onChange, onBegin } = props;
  const promptField = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (returning) promptField.current?.focus();
  }, [returning]);
  return (
    <div className="grid grid-cols-1 gap-6">
      {props.children}
      <Contestants
        comparison={comparison}
        plans={plan.plans}
        models={models}
        adapters={adapters}
        onChange={onChange}
      />
      {plan.leftOut > 0 && (
        <p className="-mt-2 text-sm text-soft">
          A blind round takes two or three; of those compared side by side, the others are left out.
        </p>
      )}
      <QuestionForm
        prompt={questions.question.prompt}
        promptField={promptField}
        datasets={datasets}
        dataName={plan.dataset?.name ?? ""}
        questions={questions.count}
        settings={comparison.settings}
        problems={plan.problems}
        obstacle={obstacleOf(plan.plans, questions.question, plan.sampling)}
        onPrompt={questions.write}
        onHold={questions.hold}
        onDraw={questions.drawNext}
        onData={(data) => {
          questions.forget();
          onChange({ ...comparison, data });
        }}
        onSettings={(changes) =>
          onChange({ ...comparison, settings: { ...comparison.settings, ...changes } })
        }
        onBegin={onBegin}
      />
    </div>
  );
}

function obstacleOf(plans: ColumnPlan[], question: Question, sampling: Sampling | null): string | undefined {
  if (plans.length < fewestContestants) return "Choose at least two contestants.";
  if (plans.some(({ problem }) => problem))
    return "Choose another contestant in place of the one that cannot answer.";
  if (!sampling) return "Correct the settings that are marked.";
  return question.prompt.trim() === "" ? "Write a prompt, or draw one." : undefined;
}

import { useState } from "react";
import type { Adapter, Dataset, Model } from "../../../api";
import { Button } from "../../../ui/Button";
import { Failure } from "../../../ui/Faces";
import { Notice } from "../../../ui/Notice";
import type { Completed } from "../columns";
import { Answering } from "./Answering";
import { Judging } from "./Judging";
import type { Question } from "./questions";
import { requestOf } from "./round";
import { Setup, useRoundPlan } from "./Setup";
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
export function BlindView({ rounds, onChange, comparison, ...libraries }: BlindViewProps) {
  const { models, adapters, datasets } = libraries;
  const { stage, vote, leave } = rounds;
  const plan = useRoundPlan(comparison, models, adapters, datasets);
  const questions = useQuestions(plan.dataset, comparison.prompt);
  const [begun, setBegun] = useState(false);

  const begin = (question: Question | null) => {
    if (!question || !plan.sampling) return;
    setBegun(true);
    questions.note(question);
    void rounds.begin(question, plan.plans, requestOf(comparison.base, question, plan.plans, plan.sampling));
  };

  if (stage.at === "answering") {
    return <Answering question={stage.question} places={stage.places} onLeave={leave} />;
  }
  if (stage.at === "judging") {
    const { round } = stage;
    return (
      <Judging
        round={round}
        saving={rounds.saving}
        unsaved={rounds.unsaved}
        onVote={(choice) => void vote(round, choice)}
        onLeave={leave}
      />
    );
  }
  return (
    <div className="grid grid-cols-1 gap-8">
      {stage.at === "voted" ? (
        <Voted
          round={stage.round}
          choice={stage.choice}
          onNext={questions.count > 0 ? () => begin(questions.drawNext()) : null}
          onSetUp={leave}
        />
      ) : (
        <Setup
          comparison={comparison}
          plan={plan}
          questions={questions}
          {...libraries}
          returning={begun}
          onChange={onChange}
          onBegin={() => begin(questions.question)}
        >
          <WhyNone rounds={rounds} onRetry={() => begin(questions.question)} />
        </Setup>
      )}
      <Tally model={comparison.base} onTakenBack={leave} />
    </div>
  );
}

/** Why the last round came to nothing, if it did. */
function WhyNone({
  rounds: { stage, problem },
  onRetry,
}: {
  rounds: ReturnType<typeof useRounds>;
  onRetry: () => void;
}) {
  if (stage.at === "void") {
    return (
      <Notice kind="warning" title="This round counts for nothing">
        {stage.reason}
      </Notice>
    );
  }
  if (stage.at !== "refused" || !problem) return null;
  return (
    <Failure
      title="No round could begin"
      problem={problem}
      onRetry={<Button onClick={onRetry}>Try again</Button>}
    />
  );
}

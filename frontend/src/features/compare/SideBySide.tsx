import { Eraser, RotateCcw, Undo2 } from "lucide-react";
import { useState } from "react";
import { useGetTrainingStatusQuery } from "../../api";
import type { Libraries } from "../../api/libraries";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { cx } from "../../ui/cx";
import { Failure } from "../../ui/Faces";
import { AnswersBar } from "./AnswersBar";
import { ColumnGrid } from "./ColumnGrid";
import { sharedProblem } from "./columnStates";
import { Examples } from "./Examples";
import { DataSelect } from "./LibraryFields";
import { useModelStatus } from "./MemoryLine";
import { AskButton, PromptField, PromptForm } from "./PromptForm";
import { SamplingForm } from "./SamplingFields";
import { useAsking } from "./useAsking";
import type { useComparison } from "./useComparison";
import { useFollow } from "./useFollow";
import type { Turns } from "./useTurns";

interface SideBySideProps {
  compared: ReturnType<typeof useComparison>;
  libraries: Libraries;
}

/** One prompt, or a conversation: every column answers, all in one batch. */
export function SideBySide({ turns, ...props }: SideBySideProps & { turns: Turns }) {
  const { comparison, changeSettings } = props.compared;
  const asking = useAsking(props.compared, props.libraries, turns);
  const asConversation = comparison.mode === "conversation";
  useFollow(asking.turns, asConversation);
  const settings = { settings: comparison.settings, problems: asking.problems, onSettings: changeSettings };
  const answers = <Answers {...props} asking={asking} />;
  if (asConversation) {
    return (
      <>
        <SamplingForm {...settings} />
        {answers}
        <ConversationFoot {...props} asking={asking} />
      </>
    );
  }
  return (
    <>
      <PromptForm
        {...settings}
        question={
          <>
            <Prompt asking={asking} />
            <ExamplesLine {...props} asking={asking} />
          </>
        }
        asking={asking.asking}
        askLabel="Compare answers"
        onAsk={asking.ask}
        onStop={asking.stop}
      />
      {answers}
    </>
  );
}

type Asking = ReturnType<typeof useAsking>;

/** Stays at the foot of the window, beside the newest turn. */
function ConversationFoot({ asking, ...props }: SideBySideProps & { asking: Asking }) {
  const running = Boolean(useGetTrainingStatusQuery().data?.running);
  return (
    <div
      className={cx(
        "sticky z-20 -mx-4 grid grid-cols-1 gap-3 border-t border-line bg-ground px-4 py-3 wide:bottom-0 wide:-mx-8 wide:-mb-12 wide:px-8",
        // Over the bar at the foot of a phone, which is higher while a session runs.
        running ? "bottom-22.5" : "bottom-13.5",
      )}
    >
      {!asking.spoken && <ExamplesLine {...props} asking={asking} />}
      <Prompt asking={asking} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <AskButton
          asking={asking.asking}
          label={asking.spoken ? "Go on" : "Compare answers"}
          onAsk={asking.ask}
          onStop={asking.stop}
        />
        <TurnButtons asking={asking} />
      </div>
    </div>
  );
}

function Prompt({ asking }: { asking: Asking }) {
  return (
    <PromptField
      prompt={asking.prompt}
      help={asking.help}
      error={asking.refusal}
      onPrompt={asking.type}
      onFocus={asking.hold}
      onBlur={asking.release}
    />
  );
}

function ExamplesLine({ compared, libraries, asking }: SideBySideProps & { asking: Asking }) {
  const { dataset, change } = compared;
  return (
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
        <Examples examples={asking.examples} chosen={asking.prompt} onChoose={asking.type} />
      </div>
    </div>
  );
}

/** Over what was asked: once more, and in a conversation from the beginning. */
function TurnButtons({ asking }: { asking: Asking }) {
  return (
    <>
      {asking.turns.length > 0 && (
        <Button disabled={asking.asking} onClick={asking.askAgain}>
          <RotateCcw aria-hidden />
          Ask again
        </Button>
      )}
      {asking.spoken && (
        <Button disabled={asking.asking} onClick={asking.clear}>
          <Eraser aria-hidden />
          Clear
        </Button>
      )}
      {asking.undoClear && (
        <Button onClick={asking.undoClear}>
          <Undo2 aria-hidden />
          Bring back
        </Button>
      )}
    </>
  );
}

function Answers({ compared, libraries, asking }: SideBySideProps & { asking: Asking }) {
  const { comparison, plans, chooseFile, remove } = compared;
  const [marked, setMarked] = useState(false);
  const status = useModelStatus(asking.asking);
  const asConversation = comparison.mode === "conversation";
  const last = asking.turns.at(-1);
  const heard = last && plans.some(({ key }) => last.answers.has(key));
  const shared = heard ? sharedProblem([...last.answers.values()]) : null;
  const first = comparison.withBase ? "base" : "first";
  return (
    <Section
      title="Answers"
      aside={
        <AnswersBar
          compared={compared}
          libraries={libraries}
          markLabel={plans.length > 1 ? `Mark what differs from the ${first}` : null}
          marked={marked}
          onMarked={setMarked}
        >
          {!asConversation && <TurnButtons asking={asking} />}
        </AnswersBar>
      }
    >
      {/* What is wrong stands beside the prompt: above the columns, or in a conversation under them. */}
      <div className={asConversation ? "flex flex-col-reverse gap-4" : "flex flex-col gap-4"}>
        {asking.problem && <Failure title="Nothing was answered" problem={asking.problem} />}
        {shared && <Failure title="No column could answer" problem={shared} />}
        <ColumnGrid
          plans={plans}
          base={comparison.base}
          turns={asking.turns}
          asking={asking.asking}
          asConversation={asConversation}
          waitingFor={status?.state === "loading" ? "Loading the model" : "Waiting"}
          marked={marked}
          onFile={chooseFile}
          onRemove={remove}
          onStop={asking.stopOne}
        />
      </div>
    </Section>
  );
}

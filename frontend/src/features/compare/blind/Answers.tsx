import { cx } from "../../../ui/cx";
import { Dot } from "../../../ui/Dot";
import { Figures } from "../Figures";
import { Weights } from "../Weights";
import { letters, type Round } from "./round";

/** The answers in their hidden order: a letter each and the text, alike in everything else. */
export function HiddenAnswers({ texts, complete }: { texts: string[]; complete: boolean }) {
  return (
    <Columns count={texts.length}>
      {texts.map((text, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place, whoever stands in it
        <article key={place} aria-label={`Answer ${letters[place]}`} className={box}>
          <h3 className="px-4 pt-3 font-semibold">{letters[place]}</h3>
          <AnswerText text={text} complete={complete} />
        </article>
      ))}
    </Columns>
  );
}

/** The same columns with their names, figures and weights. */
export function NamedAnswers({ round, chosen }: { round: Round; chosen: number | null }) {
  return (
    <Columns count={round.order.length}>
      {round.order.map((contestant, place) => (
        <NamedAnswer key={contestant} round={round} place={place} chosen={place === chosen} />
      ))}
    </Columns>
  );
}

function NamedAnswer({ round, place, chosen }: { round: Round; place: number; chosen: boolean }) {
  const index = round.order[place] ?? 0;
  const [plan, state] = [round.contestants[index], round.answers[index]];
  if (!plan || !state) return null;
  return (
    <article
      aria-label={`Answer ${letters[place]}: ${plan.name}, ${plan.weights}`}
      className={cx(box, "border-t-2")}
      style={{ borderTopColor: plan.colour }}
    >
      <h3 className="px-4 pt-3">
        <span className="flex items-baseline justify-between gap-2 font-semibold">
          {letters[place]}
          {chosen && <span className="text-sm font-medium text-accent">Your choice</span>}
        </span>
        <span className="flex min-w-0 items-center gap-2">
          <Dot colour={plan.colour} />
          <span className="min-w-0 truncate font-semibold">{plan.name}</span>
          <span className="shrink-0 text-sm text-soft">{plan.weights}</span>
        </span>
      </h3>
      <AnswerText text={state.text} complete />
      <div className="border-t border-line px-4 py-3">
        <Figures answer={state.answer} />
        <Weights state={state} />
      </div>
    </article>
  );
}

const box = "flex min-w-0 flex-col rounded-lg border border-line bg-surface";

export function Columns({ count, children }: { count: number; children: React.ReactNode }) {
  return (
    <div className={cx("grid gap-4", count > 2 ? "md:grid-cols-2 lg:grid-cols-3" : "md:grid-cols-2")}>
      {children}
    </div>
  );
}

function AnswerText({ text, complete }: { text: string; complete: boolean }) {
  return (
    <p className="min-h-32 flex-1 px-4 py-3 whitespace-pre-wrap [overflow-wrap:anywhere]">
      {text || (complete && <span className="text-soft">The answer is empty.</span>)}
    </p>
  );
}

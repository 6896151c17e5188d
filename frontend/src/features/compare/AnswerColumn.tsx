import { cx } from "../../ui/cx";
import { Dot } from "../../ui/Dot";
import { Failure } from "../../ui/Faces";
import { duration, figure, plural } from "../../ui/format";
import { Details } from "./Details";
import type { Answer } from "./useAnswers";

/** One side: its name and colour, what it answered, how fast, and which weights spoke. */
export function AnswerColumn({
  name,
  kind,
  colour,
  answer,
}: {
  name: string;
  kind: string;
  colour: string;
  answer: Answer;
}) {
  const { data, error, waiting } = answer;
  return (
    <article
      aria-label={`Answer of the ${kind}`}
      aria-busy={waiting}
      className="min-w-0 rounded-lg border border-t-2 border-line bg-surface"
      style={{ borderTopColor: colour }}
    >
      <h3 className="flex items-center gap-2 px-4 pt-3">
        <Dot colour={colour} />
        <span className="min-w-0 truncate font-semibold">{name}</span>
        <span className="text-sm text-soft">{kind}</span>
      </h3>
      <div aria-live="polite" className="min-h-20 px-4 py-3">
        {error ? (
          <Failure title="No answer" problem={error} />
        ) : data && !waiting ? (
          <p data-testid="answer" className="whitespace-pre-wrap [overflow-wrap:anywhere] animate-appear">
            {data.response || <span className="text-soft">The answer is empty.</span>}
          </p>
        ) : (
          <p className={cx("text-soft", waiting && "italic")}>{waiting ? "Answering …" : "Not asked yet."}</p>
        )}
      </div>
      {data && !waiting && !error && (
        <div className="border-t border-line px-4 py-3">
          <p className="mono text-sm text-soft">
            {figure(data.tokens_per_second)} tok/s · {duration(data.seconds)} ·{" "}
            {plural(data.generated_tokens, "token")}
            {data.finish_reason === "length" && " · cut off at the length given"}
          </p>
          <Details details={data.adapter_details} />
        </div>
      )}
    </article>
  );
}

import type { EvaluationRequest, EvaluationResult, PartSummary, Score, WeightsResult } from "../../api";
import { Section } from "../../ui/Card";
import { Dot } from "../../ui/Dot";
import { figure, plural, whole } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import { Num } from "../../ui/Num";
import type { Part } from "./address";
import { called, coloursOf, loss, margin, signed, splitNames, verdicts } from "./words";

/** The numbers: on the data, and beside it on the general text. */
export function Scores({ result, request }: { result: EvaluationResult; request: EvaluationRequest }) {
  return (
    <div className="grid grid-cols-1 gap-8">
      {result.weights.map(
        ({ details, problem }) =>
          problem && (
            <Notice key={called(details)} kind="warning" title={`${called(details)} could not be measured`}>
              <p>{problem}</p>
            </Notice>
          ),
      )}
      <div className="grid grid-cols-1 gap-8 wide:grid-cols-2">
        <Section title={`${request.data}, ${splitNames[request.split ?? "test"]}`}>
          <ScoreTable part="data" weights={result.weights} label="On the data" />
          <Measured summary={result.data} what="row" />
        </Section>
        {result.general && (
          <Section title="General text">
            <ScoreTable part="general" weights={result.weights} label="On the general text" />
            <Measured summary={result.general} what="paragraph">
              Plain English on many subjects, written for this program. A rise here is forgetting. It is a
              small text: it shows a clear loss, and no fine one.
            </Measured>
          </Section>
        )}
      </div>
      <p className="max-w-prose text-sm text-soft">
        Loss is the mean of −log p over the tokens that count, perplexity is e to that power. A difference is
        called better or worse where its 95% interval, over the rows as pairs, leaves out zero.
      </p>
    </div>
  );
}

function ScoreTable({ part, weights, label }: { part: Part; weights: WeightsResult[]; label: string }) {
  const colours = coloursOf(weights.map(({ details }) => details));
  return (
    <table aria-label={label} className="w-full table-fixed text-left">
      <thead className="text-sm text-soft">
        <tr className="align-bottom">
          <th scope="col" className="w-[36%] pb-2 font-normal">
            Weights
          </th>
          <th scope="col" className="w-[27%] pb-2 font-normal">
            Loss, perplexity
          </th>
          <th scope="col" className="pb-2 font-normal">
            Against the base, ±{"\u00a0"}95%
          </th>
        </tr>
      </thead>
      <tbody>
        {weights.map(({ details, ...scores }, index) => (
          <tr key={called(details)} className="border-t border-line align-baseline">
            <th scope="row" className="py-2 pr-3 font-medium">
              <span className="flex items-baseline gap-2">
                <Dot colour={colours[index] ?? ""} />
                <span className="line-clamp-3 min-w-0 break-words" title={called(details)}>
                  {called(details)}
                </span>
              </span>
            </th>
            <ScoreCells score={scores[part]} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ScoreCells({ score }: { score: Score | null }) {
  if (!score) {
    return (
      <td colSpan={2} className="py-2 text-soft">
        not measured
      </td>
    );
  }
  const { difference } = score;
  const band = difference && margin(difference);
  return (
    <>
      <td className="py-2 pr-3">
        <Num short={loss(score.loss)} full={score.loss} />
        {score.perplexity !== null && (
          <span className="block text-soft">
            <Num short={figure(score.perplexity)} full={score.perplexity} />
          </span>
        )}
      </td>
      <td className="py-2">
        {difference && (
          <>
            <span className="block">{verdicts[difference.verdict]}</span>
            <Num short={signed(difference.mean)} full={difference.mean} />
            {band !== null && (
              <span className="whitespace-nowrap text-soft">
                {" ± "}
                <Num short={loss(band)} full={band} />
              </span>
            )}
          </>
        )}
      </td>
    </>
  );
}

/** How much was measured, and what was not. */
function Measured({
  summary,
  what,
  children,
}: {
  summary: PartSummary;
  what: string;
  children?: React.ReactNode;
}) {
  const { available, examples, tokens, cut, empty, longest, max_seq_length } = summary;
  return (
    <div className="mt-3 grid gap-1 text-sm text-soft">
      <p>
        {whole(examples)} of {plural(available, what)}, {plural(tokens, "token")} counted. {children}
      </p>
      {cut > 0 && (
        <p className="text-warn">
          {plural(cut, what)} {cut === 1 ? "is" : "are"} longer than {whole(max_seq_length)} tokens and{" "}
          {cut === 1 ? "was" : "were"} cut there; the longest has {whole(longest)}.
        </p>
      )}
      {empty > 0 && (
        <p className="text-warn">
          {plural(empty, what)} {empty === 1 ? "has" : "have"} no token that counts, and{" "}
          {empty === 1 ? "is" : "are"} left out.
        </p>
      )}
    </div>
  );
}

import { Download } from "lucide-react";
import { useGetVoteTallyQuery, type VoteTally, type Weights } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button, ButtonLink } from "../../../ui/Button";
import { Section } from "../../../ui/Card";
import { Dot } from "../../../ui/Dot";
import { Failure, Loading } from "../../../ui/Faces";
import { plural } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { runColour } from "../../../ui/runColour";
import { LastVote } from "./LastVote";
import { RateBar } from "./RateBar";
import {
  countsInWords,
  rateInWords,
  shortHash,
  standingInWords,
  votesInWords,
  weightsKind,
} from "./tallyInWords";

type Contestant = VoteTally["contestants"][number];
type Pair = VoteTally["pairs"][number];

/** How often each was better, how sure that is, and the pairs to train on. */
export function Tally({ model, onTakenBack }: { model: string; onTakenBack: () => void }) {
  const { currentData: tally, error, refetch } = useGetVoteTallyQuery({ model }, { skip: model === "" });
  return (
    <Section title="Tally" aside={tally && tally.votes > 0 && <Downloads tally={tally} />}>
      {error && !tally ? (
        <Failure
          title="The votes could not be read"
          problem={asApiError(error)}
          onRetry={<Button onClick={refetch}>Try again</Button>}
        />
      ) : !tally ? (
        <Loading label="Counting the votes" />
      ) : (
        <Counted tally={tally} onTakenBack={onTakenBack} />
      )}
    </Section>
  );
}

function Counted({ tally, onTakenBack }: { tally: VoteTally; onTakenBack: () => void }) {
  const { model, votes, contestants, pairs, unreadable_lines } = tally;
  return (
    <div className="grid gap-5">
      {unreadable_lines.length > 0 && (
        <Notice kind="warning">
          {plural(unreadable_lines.length, "line")} of artifacts/votes/{model}.jsonl cannot be read and counts
          for nothing: {unreadable_lines.slice(0, 10).join(", ")}
          {unreadable_lines.length > 10 && " …"}.
        </Notice>
      )}
      {votes === 0 ? (
        <p className="text-soft">
          No votes on {model} yet. After each vote the win rates stand here, with how sure they are.
        </p>
      ) : (
        <>
          <ul className="grid gap-x-8 gap-y-5 md:grid-cols-2 xl:grid-cols-3">
            {contestants.map((contestant) => (
              <ContestantRate key={contestant.id} contestant={contestant} model={model} />
            ))}
          </ul>
          {contestants.length > 2 && <Pairs pairs={pairs} contestants={contestants} model={model} />}
          <p className="text-sm text-soft">
            {votesInWords(tally)} A tie counts as a shared win, and so do equal answers, whichever was chosen.
            Bands are 95% intervals; at the thin line there is no difference.
          </p>
          <LastVote model={model} onTakenBack={onTakenBack} />
        </>
      )}
    </div>
  );
}

function Downloads({ tally: { model, preference_pairs, pairs_left_out } }: { tally: VoteTally }) {
  if (preference_pairs === 0) return <span className="text-sm text-soft">No preference pairs yet</span>;
  const left =
    pairs_left_out > 0 ? `; ${plural(pairs_left_out, "pair")} with equal or empty texts left out` : "";
  return (
    <ButtonLink
      to={`/api/votes/preferences?model=${encodeURIComponent(model)}`}
      reloadDocument
      download
      title={`JSON lines of prompt, chosen and rejected${left}`}
    >
      <Download aria-hidden />
      Download {plural(preference_pairs, "preference pair")}
    </ButtonLink>
  );
}

function ContestantRate({ contestant, model }: { contestant: Contestant; model: string }) {
  return (
    <li className="grid content-start gap-1.5">
      <Who contestant={contestant} model={model} />
      <RateBar score={contestant} colour={colourOf(contestant.weights)} />
      <p className="text-sm text-soft">
        <span className="mono text-ink">{rateInWords(contestant)}</span> ·{" "}
        {countsInWords(contestant, contestant.both_bad)}
      </p>
      <p className="text-sm">{standingInWords(contestant)}</p>
    </li>
  );
}

function Pairs({ pairs, contestants, model }: { pairs: Pair[]; contestants: Contestant[]; model: string }) {
  const byId = new Map(contestants.map((contestant) => [contestant.id, contestant]));
  return (
    <div>
      <h3 className="mb-2 font-medium">One against one</h3>
      <ul className="grid gap-x-8 gap-y-4 md:grid-cols-2 xl:grid-cols-3">
        {pairs.map((pair) => {
          const [first, second] = [byId.get(pair.first), byId.get(pair.second)];
          if (!first || !second) return null;
          return (
            <li key={`${pair.first} ${pair.second}`} className="grid content-start gap-1.5">
              <div>
                <Who contestant={first} model={model} />
                <div className="flex gap-2">
                  <span className="text-sm text-soft">against</span>
                  <Who contestant={second} model={model} />
                </div>
              </div>
              <RateBar score={pair} colour={colourOf(first.weights)} />
              <p className="text-sm text-soft">
                <span className="mono text-ink">{rateInWords(pair)}</span> · {countsInWords(pair)}
              </p>
              <p className="text-sm">{standingInWords(pair)}</p>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Who({ contestant: { weights }, model }: { contestant: Contestant; model: string }) {
  return (
    <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
      <span className="flex min-w-0 items-center gap-2">
        <Dot colour={colourOf(weights)} />
        <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{weights.adapter_name ?? model}</span>
      </span>
      <span className="text-sm text-soft">
        {weightsKind(weights)}
        {weights.content_hash && (
          <span className="mono" title={`Weights ${weights.content_hash}`}>
            {" "}
            {shortHash(weights)}
          </span>
        )}
      </span>
    </span>
  );
}

function colourOf(weights: Weights): string {
  return weights.adapter_name ? runColour(weights.adapter_name) : "var(--color-base)";
}

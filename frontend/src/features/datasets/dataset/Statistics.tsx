import { type DataStatistics, type SplitStatistics, useGetTokenStatisticsQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Section } from "../../../ui/Card";
import { Failure, Loading } from "../../../ui/Faces";
import { count, percent, plural, whole } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { Num } from "../../../ui/Num";
import { useSettled } from "../../../ui/useSettled";
import { type Split, splitNames, splits } from "../words";
import { BesideSettings } from "./BesideSettings";
import { type Chosen, chosenFrom } from "./chosen";
import { Histogram } from "./Histogram";
import { NoModel } from "./NoModel";
import type { PanelProps } from "./panel";
import { BatchFields, EncodingFields } from "./SettingFields";

/** How long rows are with a model's tokenizer, and what an epoch comes to. */
export function Statistics({ dataset, split, models, shown, change }: PanelProps) {
  const chosen = chosenFrom(shown, dataset, models);
  const length = useSettled(chosen.length);
  const batch = useSettled(chosen.batch);
  const { data, isError, error, isFetching, refetch } = useGetTokenStatisticsQuery(
    {
      statisticsRequest: {
        model_name: chosen.model,
        data: dataset.name,
        max_seq_length: length ?? 2,
        batch_size: batch ?? 1,
        mask_prompt: shown.answersOnly,
        train_on_turns: shown.turns,
      },
    },
    { skip: chosen.model === "" || length === undefined || batch === undefined },
  );
  if (chosen.model === "") return <NoModel />;
  const problem = isError ? asApiError(error) : null;
  const problems = new Map(problem?.fields.map(({ field, message }) => [field, message]));
  const own = data?.splits[split];
  return (
    <BesideSettings
      chosen={chosen}
      answersOnly={shown.answersOnly}
      settings={
        <>
          <EncodingFields shown={shown} chosen={chosen} models={models} change={change} problems={problems} />
          <BatchFields shown={shown} chosen={chosen} change={change} problems={problems} />
        </>
      }
    >
      <div aria-busy={isFetching} className="grid grid-cols-1 gap-8">
        {problem && problems.size === 0 && (
          <Failure
            title="The tokens could not be counted"
            problem={problem}
            onRetry={<Button onClick={() => refetch()}>Try again</Button>}
          />
        )}
        {!data && !problem && <Loading label="Counting the tokens of every row" />}
        {data && !problem && (
          <>
            {own && <Lengths split={split} statistics={own} length={length ?? 0} />}
            <Epoch statistics={data} chosen={chosen} />
            <Totals statistics={data} />
          </>
        )}
      </div>
    </BesideSettings>
  );
}

function Lengths({
  split,
  statistics,
  length,
}: {
  split: Split;
  statistics: SplitStatistics;
  length: number;
}) {
  const { rows, truncated, without_loss, histogram } = statistics;
  return (
    <Section title={`Lengths, ${splitNames[split]}`}>
      <Histogram ranges={histogram} cutAfter={length} />
      {truncated > 0 && (
        <Notice kind="warning" className="mt-4">
          {plural(truncated, "row")} of {whole(rows)} {truncated === 1 ? "is" : "are"} longer than{" "}
          {whole(length)} tokens and will be cut there.
        </Notice>
      )}
      {without_loss > 0 && (
        <Notice kind="warning" className="mt-4">
          {plural(without_loss, "row")} {without_loss === 1 ? "has" : "have"} no token that carries loss, and{" "}
          {without_loss === 1 ? "is" : "are"} left out.
        </Notice>
      )}
    </Section>
  );
}

function Epoch({ statistics, chosen }: { statistics: DataStatistics; chosen: Chosen }) {
  const { padding_percent, batches_per_epoch, tokens_per_epoch, loss_tokens_per_epoch } = statistics;
  const { epochs } = chosen;
  const figures = [
    {
      name: "Tokens an epoch",
      short: count(tokens_per_epoch),
      full: tokens_per_epoch,
      more: `${count(loss_tokens_per_epoch)} with loss`,
    },
    {
      name: "Padding",
      short: percent(padding_percent),
      full: `${padding_percent}%`,
      more: "of what is computed",
    },
    {
      name: epochs === undefined ? "Iterations" : `Iterations for ${plural(epochs, "epoch")}`,
      short: epochs === undefined ? "…" : whole(epochs * batches_per_epoch),
      full: (epochs ?? 1) * batches_per_epoch,
      more: `${plural(batches_per_epoch, "batch", "batches")} an epoch`,
    },
  ];
  return (
    <Section title="An epoch">
      <dl className="grid grid-cols-1 gap-x-8 gap-y-4 sm:grid-cols-3">
        {figures.map(({ name, short, full, more }) => (
          <div key={name}>
            <dt className="text-sm text-soft">{name}</dt>
            <dd className="text-lg font-semibold">
              <Num short={short} full={full} />
            </dd>
            <dd className="text-sm text-soft">{more}</dd>
          </div>
        ))}
      </dl>
      {statistics.sampled && (
        <p className="mt-4 text-sm text-soft">
          The data is large: a sample of its rows stands for all, and these numbers are estimates.
        </p>
      )}
    </Section>
  );
}

const columns: { name: string; of: (statistics: SplitStatistics) => number }[] = [
  { name: "Rows", of: ({ rows }) => rows },
  { name: "Tokens", of: ({ tokens }) => tokens },
  { name: "With loss", of: ({ loss_tokens }) => loss_tokens },
  { name: "Shortest", of: ({ shortest }) => shortest },
  { name: "Median", of: ({ median }) => median },
  { name: "95% below", of: ({ p95 }) => p95 },
  { name: "Longest", of: ({ longest }) => longest },
  { name: "Cut", of: ({ truncated }) => truncated },
];

function Totals({ statistics }: { statistics: DataStatistics }) {
  const known = splits.flatMap((split) => {
    const own = statistics.splits[split];
    return own ? [{ split, own }] : [];
  });
  return (
    <Section title="Split by split">
      {/* biome-ignore lint/a11y/useSemanticElements: a region that scrolls sideways, reached by keyboard */}
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Tokens of every split">
        <table className="w-full text-right">
          <thead className="text-sm text-soft">
            <tr>
              <th scope="col" className="pb-2 pr-4 text-left font-normal">
                Split
              </th>
              {columns.map(({ name }) => (
                <th key={name} scope="col" className="pb-2 pl-4 font-normal whitespace-nowrap">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {known.map(({ split, own }) => (
              <tr key={split} className="border-t border-line">
                <th scope="row" className="py-2 pr-4 text-left font-medium">
                  {splitNames[split]}
                </th>
                {columns.map(({ name, of }) => (
                  <td key={name} className="py-2 pl-4 whitespace-nowrap">
                    <Num short={count(of(own))} full={of(own)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

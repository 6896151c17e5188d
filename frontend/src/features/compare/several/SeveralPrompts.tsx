import { Download } from "lucide-react";
import { useState } from "react";
import { type Dataset, usePreviewDatasetQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import type { Libraries } from "../../../api/libraries";
import { Button } from "../../../ui/Button";
import { Section } from "../../../ui/Card";
import { downloadText } from "../../../ui/download";
import { Failure } from "../../../ui/Faces";
import { about, duration, plural } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { Progress } from "../../../ui/Progress";
import { AnswersBar } from "../AnswersBar";
import type { Split } from "../address";
import { useModelStatus } from "../MemoryLine";
import { PromptForm } from "../PromptForm";
import { questionOf } from "../questions";
import { readSettings } from "../settings";
import type { useComparison } from "../useComparison";
import { useShortcuts } from "../useShortcuts";
import { asCsv, asJsonl } from "./exports";
import { PromptTable } from "./PromptTable";
import { RowsChoice, splitLabels, splitsOf } from "./RowsChoice";
import { useBatch } from "./useBatch";

/** Which prompts are asked. */
interface Source {
  data: string;
  split: Split;
  count: number;
}

function inWords({ data, split }: Source): string {
  return `${data}, ${splitLabels[split]} split`;
}

type Compared = ReturnType<typeof useComparison>;

/** Prompts of a data set, one after another, with the answer that stands in the data beside. */
export function SeveralPrompts({ compared, libraries }: { compared: Compared; libraries: Libraries }) {
  const { comparison, plans, dataset, change, changeSettings, chooseFile, remove } = compared;
  const { count } = comparison;
  const splits = splitsOf(dataset);
  const split = splits.find((each) => each === comparison.split) ?? splits[0] ?? "test";
  const [marked, setMarked] = useState(false);
  const chosen: Source = { data: dataset?.name ?? "", split, count };
  const [source, setSource] = useState(chosen);
  const batch = useBatch();
  const status = useModelStatus(batch.running);
  const rows = useRows(dataset, split, count);
  const { sampling, problems } = readSettings(comparison.settings);
  const answering = plans.filter(({ problem }) => !problem);

  const ask = () => {
    if (!sampling || batch.running || answering.length === 0 || rows.questions.length === 0) return;
    setSource(chosen);
    void batch.run(rows.questions, { ...sampling, model_name: comparison.base }, answering);
  };
  useShortcuts({ ask, stop: batch.running ? batch.stop : null });
  const shown = batch.rows.length > 0 ? batch.rows : rows.questions.map((row) => ({ ...row, answers: null }));

  return (
    <>
      <PromptForm
        question={
          <RowsChoice
            dataset={dataset}
            datasets={libraries.datasets}
            split={split}
            count={count}
            onData={(data) => change({ data })}
            onSplit={(split) => change({ split })}
            onCount={(count) => change({ count })}
          />
        }
        settings={comparison.settings}
        problems={problems}
        asking={batch.running}
        askLabel={`Ask ${plural(rows.questions.length, "prompt")}`}
        onSettings={changeSettings}
        onAsk={ask}
        onStop={batch.stop}
      />
      <Section
        title="Answers"
        aside={
          <AnswersBar
            compared={compared}
            libraries={libraries}
            markLabel="Mark what differs from the reference"
            marked={marked}
            onMarked={setMarked}
          />
        }
      >
        <div className="mb-4 grid gap-4 empty:hidden">
          {rows.problem && <Failure title="The prompts could not be read" problem={rows.problem} />}
          {batch.problem && <Failure title="Nothing was answered" problem={batch.problem} />}
        </div>
        <BatchLine batch={batch} total={shown.length} source={source} chosen={chosen} plans={answering} />
        {shown.length === 0 ? (
          <p className="text-soft">{whyNoRows(libraries.datasets, dataset, split, rows.known)}</p>
        ) : (
          <PromptTable
            rows={shown}
            plans={plans}
            waitingFor={status?.state === "loading" ? "Loading the model" : "Waiting"}
            marked={marked}
            onFile={chooseFile}
            onRemove={remove}
          />
        )}
      </Section>
    </>
  );
}

/** Nothing while the rows are on their way, or where a failure says it. */
function whyNoRows(datasets: Dataset[], dataset: Dataset | undefined, split: Split, known: boolean) {
  if (datasets.every(({ problem }) => problem)) return "There is no data set yet.";
  if (!dataset || (dataset.rows[split] && !known)) return null;
  return `The ${splitLabels[split]} split of ${dataset.name} has no row with a question.`;
}

function useRows(dataset: Dataset | undefined, split: Split, count: number) {
  const { currentData, error } = usePreviewDatasetQuery(
    { name: dataset?.name ?? "", split, limit: count },
    { skip: !dataset?.rows[split] },
  );
  const questions = (currentData?.rows ?? []).flatMap((row) => {
    const question = questionOf(row);
    return question ? [{ ...question, reference: row.answer }] : [];
  });
  return { questions, known: currentData !== undefined, problem: error ? asApiError(error) : null };
}

/** How far it is and how long it takes yet; afterwards the ways to take it along. */
function BatchLine({
  batch: { rows, running, progress },
  total,
  source,
  chosen,
  plans,
}: {
  batch: ReturnType<typeof useBatch>;
  total: number;
  /** what the rows are of */
  source: Source;
  /** what the fields above say by now */
  chosen: Source;
  plans: Parameters<typeof asCsv>[1];
}) {
  const { done, seconds } = progress;
  if (!running && done === 0) return null;
  const left = done > 0 ? (seconds / done) * (total - done) : null;
  const answered = rows.filter(({ answers }) => answers);
  const heard = plans.some(({ key }) => answered.some(({ answers }) => answers?.has(key)));
  const name = `${source.data}-${source.split}`;
  const others = Object.values(chosen).join() !== Object.values(source).join();
  return (
    <div className="mb-4 flex min-h-9 flex-wrap items-center gap-x-4 gap-y-2">
      {running ? (
        <>
          <span className="mono text-sm">
            {done} of {total}
          </span>
          <span className="text-sm text-soft">{inWords(source)}</span>
          <span className="min-w-24 max-w-80 flex-1">
            <Progress share={done / total} label="Prompts answered" />
          </span>
          <span className="text-sm text-soft">{left === null ? "measuring" : `${about(left)} left`}</span>
        </>
      ) : (
        <>
          <span className="text-sm text-soft" role="status">
            {plural(done, "prompt")} answered in {duration(seconds)}
            {done < total && `; ${total - done} not asked`} ({inWords(source)})
          </span>
          {heard && (
            <>
              <Button
                onClick={() => downloadText(asJsonl(answered, plans), `${name}.jsonl`, "application/jsonl")}
              >
                <Download aria-hidden />
                JSONL
              </Button>
              <Button onClick={() => downloadText(asCsv(answered, plans), `${name}.csv`, "text/csv")}>
                <Download aria-hidden />
                CSV
              </Button>
            </>
          )}
          {!heard && !others && (
            <Notice className="basis-full">
              No column that stands here was asked these prompts. Ask, to have their answers in place of those
              that were.
            </Notice>
          )}
          {others && (
            <Notice className="basis-full">
              These rows are the first {source.count} of {inWords(source)}. Ask, to see the first{" "}
              {chosen.count} of {inWords(chosen)}, in their place.
            </Notice>
          )}
        </>
      )}
    </div>
  );
}

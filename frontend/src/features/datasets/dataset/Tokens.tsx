import { type TokenView, useViewTokensQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Failure, Loading } from "../../../ui/Faces";
import { plural, whole } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { Pages } from "../../../ui/Pages";
import { useKeys } from "../../../ui/useKeys";
import { useSettled } from "../../../ui/useSettled";
import { Legend, TokenText } from "../TokenText";
import { BesideSettings } from "./BesideSettings";
import { chosenFrom } from "./chosen";
import { NoModel } from "./NoModel";
import type { PanelProps } from "./panel";
import { RowSteps } from "./RowSteps";
import { EncodingFields } from "./SettingFields";

const partSize = 1500;

/** One row as the model will see it, token by token, and the settings that make it so. */
export function Tokens({ dataset, split, models, shown, change }: PanelProps) {
  const chosen = chosenFrom(shown, dataset, models);
  const total = dataset.rows[split] ?? 0;
  const row = Math.min(shown.row, total - 1);
  const length = useSettled(chosen.length);
  const { data, isError, error, isFetching, refetch } = useViewTokensQuery(
    {
      rowRequest: {
        model_name: chosen.model,
        data: dataset.name,
        split,
        row,
        max_seq_length: length ?? 2,
        mask_prompt: shown.answersOnly,
        train_on_turns: shown.turns,
      },
    },
    { skip: chosen.model === "" || length === undefined || total === 0 },
  );
  const go = (to: number) => change({ row: Math.max(0, Math.min(to, total - 1)), part: 0 });
  useKeys((key) => {
    if (key === "ArrowLeft") go(row - 1);
    else if (key === "ArrowRight") go(row + 1);
    else return false;
    return true;
  });

  if (chosen.model === "") return <NoModel />;
  const problem = isError ? asApiError(error) : null;
  const problems = new Map(problem?.fields.map(({ field, message }) => [field, message]));
  return (
    <BesideSettings
      chosen={chosen}
      answersOnly={shown.answersOnly}
      settings={
        <EncodingFields shown={shown} chosen={chosen} models={models} change={change} problems={problems} />
      }
    >
      <div className="grid grid-cols-1 gap-4">
        <RowSteps row={row} total={total} onRow={go} />
        {problem && problems.size === 0 && (
          <Failure
            title={`Row ${whole(row + 1)} could not be shown`}
            problem={problem}
            onRetry={<Button onClick={() => refetch()}>Try again</Button>}
          />
        )}
        {!data && !problem && <Loading label="Reading the row" />}
        {data && !problem && (
          <div aria-busy={isFetching} className="grid grid-cols-1 gap-4">
            <OneRow view={data} part={shown.part} onPart={(part) => change({ part })} />
          </div>
        )}
      </div>
    </BesideSettings>
  );
}

function OneRow({ view, part, onPart }: { view: TokenView; part: number; onPart: (part: number) => void }) {
  const { tokens, full_length, shown, cut_at, loss_tokens, template, note } = view;
  const pages = Math.max(1, Math.ceil(tokens.length / partSize));
  const page = Math.min(part, pages - 1);
  const first = page * partSize;
  return (
    <>
      <p role="status">
        <span className="mono">{whole(cut_at ?? full_length)}</span> tokens are trained on,{" "}
        <span className="mono">{whole(loss_tokens)}</span> of them with loss.
        {cut_at !== null && (
          <>
            {" "}
            <span className="text-warn">
              The row has {whole(full_length)}: the last {plural(full_length - cut_at, "token")} are cut off.
            </span>
          </>
        )}{" "}
        <span className="text-soft">{template}</span>
      </p>
      {note && <Notice kind="warning">{note}</Notice>}
      <Legend cut={cut_at !== null} />
      <section aria-label="Tokens" className="rounded-lg border border-line bg-surface px-4 py-3">
        <TokenText tokens={tokens.slice(first, first + partSize)} first={first} cutAt={cut_at} />
        {full_length > shown && page === pages - 1 && (
          <p className="mt-2 text-sm text-soft">
            {plural(full_length - shown, "more token")} not shown here.
          </p>
        )}
      </section>
      {pages > 1 && (
        <Pages label="Parts of the row" page={page} size={partSize} total={tokens.length} onPage={onPart} />
      )}
    </>
  );
}

import { useId, useState } from "react";
import { useListModelsQuery, useViewDraftTokensQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Loading } from "../../../ui/Faces";
import { plural } from "../../../ui/format";
import { Legend, TokenText } from "../TokenText";

const shownTokens = 300;

/** A row that is in no data set yet, as a model would see it; asked for only where somebody wants to see it. */
export function DraftTokens({
  row,
  shortened,
  model,
}: {
  row: { [key: string]: unknown };
  /** whether `row` is less than what will be there */
  shortened: boolean;
  model: string;
}) {
  const { data: models = [] } = useListModelsQuery();
  const [open, setOpen] = useState(false);
  const id = useId();
  const usable = model || models.find(({ problem }) => !problem)?.name;
  if (!usable) return null;
  if (shortened)
    return (
      <p className="mt-2 text-sm text-soft">
        This row is too long to be shown whole: its tokens can be seen once it is imported.
      </p>
    );
  return (
    <div className="mt-2">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        className="text-sm text-accent hover:underline"
        onClick={() => setOpen(!open)}
      >
        {open ? "Hide the tokens" : `Tokens, with ${usable}`}
      </button>
      <div id={id}>{open && <Shown row={row} model={usable} />}</div>
    </div>
  );
}

function Shown({ row, model }: { row: { [key: string]: unknown }; model: string }) {
  const { data, isError, error } = useViewDraftTokensQuery({ draftRowRequest: { model_name: model, row } });
  if (isError) return <p className="mt-1 text-sm text-bad">{asApiError(error).detail}</p>;
  if (!data) return <Loading label="Reading the row" />;
  return (
    <div className="mt-2 grid grid-cols-1 gap-2 text-sm">
      <TokenText tokens={data.tokens.slice(0, shownTokens)} first={0} cutAt={data.cut_at} />
      <p className="text-soft">
        {plural(data.full_length, "token")}
        {data.full_length > shownTokens && `, of which the first ${shownTokens} are shown`}. {data.note}
      </p>
      <Legend cut={false} />
    </div>
  );
}

import { useState } from "react";
import { type DatasetRow, usePreviewDatasetQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Failure, Loading } from "../../../ui/Faces";
import { whole } from "../../../ui/format";
import { Pages } from "../../../ui/Pages";
import { Segments } from "../../../ui/Segments";
import { Clipped } from "../Clipped";
import { Conversation } from "../Conversation";
import type { Split } from "../words";

const pageSize = 20;
type Look = "conversation" | "raw";

/** The rows of a split, a page at a time: as what was said, or as they stand in the file. */
export function Rows({
  name,
  split,
  page,
  onPage,
  onRow,
}: {
  name: string;
  split: Split;
  page: number;
  onPage: (page: number) => void;
  /** shows the tokens of a row */
  onRow: (row: number) => void;
}) {
  const [look, setLook] = useState<Look>("conversation");
  const offset = page * pageSize;
  const {
    currentData: data,
    isError,
    error,
    refetch,
  } = usePreviewDatasetQuery({ name, split, offset, limit: pageSize }, { refetchOnMountOrArgChange: true });
  if (!data) {
    if (!isError) return <Loading label="Reading the rows" />;
    return (
      <Failure
        title="The rows could not be read"
        problem={asApiError(error)}
        onRetry={<Button onClick={() => refetch()}>Try again</Button>}
      />
    );
  }
  return (
    <div className="grid grid-cols-1 gap-4">
      <div>
        <Segments<Look>
          label="How rows are shown"
          value={look}
          onChange={setLook}
          options={[
            { value: "conversation", label: "Turn by turn" },
            { value: "raw", label: "As in the file" },
          ]}
        />
      </div>
      <ol className="grid grid-cols-1" start={offset + 1}>
        {data.rows.map((row, index) => (
          <OneRow
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a split stand still
            key={offset + index}
            number={offset + index + 1}
            row={row}
            look={look}
            onTokens={() => onRow(offset + index)}
          />
        ))}
      </ol>
      <Pages label="Pages of rows" page={page} size={pageSize} total={data.total} onPage={onPage} />
    </div>
  );
}

function OneRow({
  number,
  row: { row },
  look,
  onTokens,
}: {
  number: number;
  row: DatasetRow;
  look: Look;
  onTokens: () => void;
}) {
  return (
    <li className="grid grid-cols-1 gap-x-6 gap-y-2 border-t border-line py-4 wide:grid-cols-[6rem_minmax(0,1fr)]">
      <div className="flex items-baseline gap-3 wide:block">
        <p className="mono text-sm text-soft">{whole(number)}</p>
        <button type="button" className="text-sm text-accent hover:underline" onClick={onTokens}>
          Tokens<span className="sr-only"> of row {whole(number)}</span>
        </button>
      </div>
      <Clipped>
        {look === "conversation" ? (
          <Conversation row={row} />
        ) : (
          <pre className="mono text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
            {JSON.stringify(row, null, 2)}
          </pre>
        )}
      </Clipped>
    </li>
  );
}

import { useState } from "react";
import type { ImportLook, LookRow } from "../../../api";
import { Button } from "../../../ui/Button";
import { cx } from "../../../ui/cx";
import { NoteIcon } from "../../../ui/Field";
import { plural, whole } from "../../../ui/format";
import { Clipped } from "../Clipped";
import { Conversation } from "../Conversation";
import { DraftTokens } from "./DraftTokens";

const shownAtFirst = 3;
const longestValue = 600;

/** The first rows, as they stand in the source and as they will be written. */
export function Preview({
  look,
  mapped,
  model,
  busy,
}: {
  look: ImportLook;
  mapped: boolean;
  model: string;
  busy: boolean;
}) {
  const [all, setAll] = useState(false);
  const rows = all ? look.rows : look.rows.slice(0, shownAtFirst);
  return (
    <section aria-label="The first rows" aria-busy={busy} className="min-w-0">
      <ol className="grid grid-cols-1 gap-4">
        {rows.map((row) => (
          <PreviewRow key={`${row.file} ${row.line}`} row={row} mapped={mapped} model={model} />
        ))}
      </ol>
      <p className="mt-3 flex flex-wrap items-center gap-3 text-sm text-soft">
        {rows.length < look.rows.length && (
          <Button onClick={() => setAll(true)}>Show {whole(look.rows.length - rows.length)} more</Button>
        )}
        {plural(look.rows_looked_at, "row")} looked at. Every row is read in the check.
      </p>
    </section>
  );
}

function PreviewRow({
  row: { file, line, source, row, shortened, problem },
  mapped,
  model,
}: {
  row: LookRow;
  mapped: boolean;
  model: string;
}) {
  return (
    <li className="rounded-lg border border-line bg-surface px-3 py-2.5">
      <p className="mb-2 truncate text-sm text-soft" title={file}>
        {file}, line <span className="mono">{whole(line)}</span>
      </p>
      <div className={cx("grid grid-cols-1 gap-x-4 gap-y-3", mapped && "xl:grid-cols-2")}>
        <div className="min-w-0 self-start rounded bg-sunken p-2.5">
          <Clipped pixels={240}>
            <Source value={source} />
          </Clipped>
        </div>
        {mapped && (
          <div className="min-w-0">
            <p className="mb-1 text-sm text-soft">becomes</p>
            {row && (
              <Clipped pixels={240}>
                <Conversation row={cutForTheEye(row)} />
              </Clipped>
            )}
            {problem && (
              <p className="mt-2 flex gap-1.5 text-sm text-warn">
                <NoteIcon bad={false} />
                <span className="min-w-0 [overflow-wrap:anywhere]">{problem}</span>
              </p>
            )}
            {row && <DraftTokens row={row} shortened={shortened} model={model} />}
          </div>
        )}
      </div>
    </li>
  );
}

function Source({ value }: { value: unknown }) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return <Value value={value} />;
  return (
    <dl className="grid grid-cols-1 gap-2">
      {Object.entries(value).map(([column, cell]) => (
        <div key={column}>
          <dt className="mono text-xs text-soft [overflow-wrap:anywhere]">{column}</dt>
          <dd dir="auto">
            <Value value={cell} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value }: { value: unknown }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  if (!text) return <span className="text-sm text-soft">empty</span>;
  return <span className="text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">{short(text)}</span>;
}

function short(text: string): string {
  return text.length > longestValue
    ? `${text.slice(0, longestValue)} … (${whole(text.length)} characters)`
    : text;
}

/** A row with its long texts cut for the eye. */
function cutForTheEye(value: { [key: string]: unknown }): { [key: string]: unknown } {
  return JSON.parse(JSON.stringify(value, (_, each) => (typeof each === "string" ? short(each) : each)));
}

import { Section } from "../../../ui/Card";
import { CopyButton } from "../../../ui/CopyButton";
import { cx } from "../../../ui/cx";
import { Drawer } from "../../../ui/Disclosure";
import { plural } from "../../../ui/format";
import type { Compared } from "./compared";
import { asCsv, asMarkdown } from "./exports";
import { type Comparison, comparison, type Row } from "./rows";

/** What was set otherwise, and what came of it; what is the same stays folded. */
export function DifferenceTable({ runs }: { runs: Compared[] }) {
  const compared = comparison(runs);
  const { different, outcome, same } = compared;
  return (
    <Section title={title(runs, compared)} aside={<TakeAlong runs={runs} compared={compared} />}>
      <section aria-label="Differences" tabIndex={0} className="overflow-x-auto">
        <table className="w-full border-separate border-spacing-0 text-sm">
          <Head runs={runs} />
          {different.length > 0 && <Rows title="What differs" rows={different} runs={runs} />}
          <Rows title={runs.length < 2 ? null : "What came of it"} rows={outcome} runs={runs} />
        </table>
      </section>
      <Drawer title={runs.length < 2 ? "Settings" : `${same.length} that are the same`} className="mt-4">
        <section aria-label="What is the same" tabIndex={0} className="overflow-x-auto">
          <table className="border-separate border-spacing-0 text-sm">
            <tbody>
              {same.map((row) => (
                <tr key={row.field ?? row.title} className="[&>*]:border-b [&>*]:border-line">
                  <RowHead row={row} />
                  <td
                    className="mono py-1.5 pl-6 align-top [overflow-wrap:anywhere]"
                    title={row.cells[0]?.full}
                  >
                    {row.cells[0]?.text}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </Drawer>
    </Section>
  );
}

function title(runs: Compared[], { different }: Comparison): string {
  if (runs.length < 2) return "What came of it";
  return different.length === 0 ? "No setting differs" : `${plural(different.length, "difference")}`;
}

function TakeAlong({ runs, compared }: { runs: Compared[]; compared: Comparison }) {
  return (
    <span className="flex flex-wrap gap-2">
      <CopyButton text={asMarkdown(runs, compared)} label="Copy as Markdown" />
      <CopyButton text={asCsv(runs, compared)} label="Copy as CSV" />
    </span>
  );
}

function Head({ runs }: { runs: Compared[] }) {
  return (
    <thead>
      <tr className="text-left align-bottom [&>*]:border-b [&>*]:border-line">
        <td className={cx(firstColumn, "w-[22rem] min-w-40 max-wide:w-40")} />
        {runs.map(({ number, colour, session }) => (
          <th key={session.id} scope="col" className={cx(column(runs), "py-2 font-medium")}>
            <span className="flex items-center gap-2">
              <span className="mono text-xs font-semibold" style={{ color: colour }}>
                {number}
              </span>
              <span className="truncate" title={session.adapter_name}>
                {session.adapter_name}
              </span>
            </span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Eight fit beside each other on a usual screen. */
function column(runs: Compared[]): string {
  return runs.length > 4 ? "max-w-28 min-w-24 pl-4" : "max-w-64 min-w-32 pl-6";
}

const firstColumn = "sticky left-0 bg-ground";

function Rows({ title, rows, runs }: { title: string | null; rows: Row[]; runs: Compared[] }) {
  return (
    <tbody>
      {title && (
        <tr>
          <th
            scope="colgroup"
            colSpan={runs.length + 1}
            className="pt-4 pb-1 text-left font-normal text-soft"
          >
            <span className={firstColumn}>{title}</span>
          </th>
        </tr>
      )}
      {rows.map((row) => (
        <tr key={row.field ?? row.title} className="[&>*]:border-b [&>*]:border-line">
          <RowHead row={row} />
          {row.cells.map(({ text, full }, index) => (
            <td
              key={runs[index]?.session.id}
              title={full}
              className={cx(column(runs), "mono py-1.5 align-top [overflow-wrap:anywhere]")}
            >
              {text}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function RowHead({ row }: { row: Row }) {
  return (
    <th scope="row" className={cx(firstColumn, "py-1.5 text-left align-top font-normal")}>
      {row.title}
      {row.field && <code className="mono block text-xs text-soft">{row.field}</code>}
    </th>
  );
}

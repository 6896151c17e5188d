import type { LengthRange } from "../../../api";
import { Why } from "../../../ui/Disclosure";
import { plural, whole } from "../../../ui/format";

const heightPixels = 160;

/** How many rows are how long. Lengths that are cut are hatched. */
export function Histogram({ ranges, cutAfter }: { ranges: LengthRange[]; cutAfter: number }) {
  const most = Math.max(1, ...ranges.map(({ rows }) => rows));
  const fullest = ranges.find(({ rows }) => rows === most);
  const last = ranges.at(-1);
  if (!fullest || !last) return <p className="text-soft">There is no row to measure.</p>;
  const cutFrom = ranges.findIndex(({ to_tokens }) => to_tokens > cutAfter);
  return (
    <figure>
      <p className="mb-1 text-sm text-soft">
        <span className="mono">{whole(most)}</span> {most === 1 ? "row" : "rows"} at most
      </p>
      <div
        role="img"
        aria-label={`Histogram of lengths: most rows, ${whole(most)}, have ${range(fullest)}`}
        className="flex items-end gap-px border-b border-edge"
        style={{ height: heightPixels }}
      >
        {ranges.map((each, index) => (
          <div
            key={each.from_tokens}
            title={`${range(each)}: ${plural(each.rows, "row")}`}
            className="flex h-full min-w-0 flex-1 items-end hover:bg-hover"
          >
            <div
              className="w-full rounded-t-[2px]"
              style={{
                height: each.rows === 0 ? 0 : `max(2px, ${(100 * each.rows) / most}%)`,
                background: cutFrom !== -1 && index >= cutFrom ? hatched : "var(--color-accent)",
              }}
            />
          </div>
        ))}
      </div>
      <div className="mt-1 flex justify-between gap-4 text-sm text-soft">
        <span className="mono">{whole(ranges[0]?.from_tokens ?? 0)}</span>
        <span>tokens a row</span>
        <span className="mono">{whole(last.to_tokens)}</span>
      </div>
      <Why label="As a table">
        <table className="mono text-right">
          <thead>
            <tr>
              <th scope="col" className="pr-6 font-normal">
                tokens
              </th>
              <th scope="col" className="font-normal">
                rows
              </th>
            </tr>
          </thead>
          <tbody>
            {ranges.map((each) => (
              <tr key={each.from_tokens}>
                <td className="pr-6">
                  {whole(each.from_tokens)} to {whole(each.to_tokens)}
                </td>
                <td>{whole(each.rows)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Why>
    </figure>
  );
}

const hatched =
  "repeating-linear-gradient(135deg, var(--color-warn) 0 3px, var(--color-warn-ground) 3px 6px)";

function range({ from_tokens, to_tokens }: LengthRange): string {
  if (from_tokens === to_tokens) return plural(to_tokens, "token");
  return `${whole(from_tokens)} to ${plural(to_tokens, "token")}`;
}

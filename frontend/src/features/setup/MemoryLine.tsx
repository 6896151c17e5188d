import type { Range } from "../../api";
import { cx } from "../../ui/cx";
import { gigabytes } from "../../ui/format";
import { onLine } from "./measurement";

/** The predicted peak and its band on a line as long as the memory that is free for the run. */
export function MemoryLine({
  peak,
  limit,
  fits,
  faded,
}: {
  peak: Range;
  limit: number;
  fits: boolean;
  faded: boolean;
}) {
  const at = onLine(peak, limit);
  const colour = fits ? "bg-accent" : "bg-warn";
  return (
    <div
      role="img"
      aria-label={`${gigabytes(peak.likely / 1e9)} of ${gigabytes(limit / 1e9)}`}
      className={cx("relative h-2 overflow-hidden rounded-full bg-line max-lg:hidden", faded && "opacity-50")}
    >
      <div className={cx("absolute inset-y-0 left-0 opacity-45", colour)} style={{ width: share(at.high) }} />
      <div className={cx("absolute inset-y-0 left-0", colour)} style={{ width: share(at.likely) }} />
      {at.limit < 1 && <div className="absolute inset-y-0 w-0.5 bg-ink" style={{ left: share(at.limit) }} />}
    </div>
  );
}

function share(part: number): string {
  return `${100 * part}%`;
}

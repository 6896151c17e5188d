import { CircleCheck, TriangleAlert } from "lucide-react";
import type { TrainingConfig } from "../../api";
import { cx } from "../../ui/cx";
import { about, roughly } from "../../ui/format";
import { describe } from "./fields";
import { MemoryLine } from "./MemoryLine";
import { band, changedSince, giga, type Measured, type Remedy, takenRemedy } from "./measurement";
import { RemedyOffer } from "./RemedyOffer";

/** Whether the run fits, what it takes with its bands, and the change that would make it fit. */
export function MeasuredResult({
  measured,
  onChange,
}: {
  measured: Measured;
  onChange: (changes: Remedy["changes"]) => void;
}) {
  const { fits, verdict, remedies, peak_memory_bytes: peak, memory_limit_bytes: limit } = measured.result;
  const Icon = fits ? CircleCheck : TriangleAlert;
  return (
    <div className="grid gap-2">
      <div aria-live="polite" className="grid gap-2">
        <h3 className="text-xs font-medium text-soft max-lg:hidden">Measured</h3>
        <p className={cx("flex gap-1.5 text-sm", !fits && "text-warn")}>
          <Icon aria-hidden className={cx("mt-[3px] size-3.5 shrink-0", fits && "text-accent")} />
          <span className="min-w-0">{verdict}</span>
        </p>
        {peak && limit !== null && <MemoryLine peak={peak} limit={limit} fits={fits} faded={false} />}
        <Figures measured={measured} />
      </div>
      {!fits && <RemedyOffer remedies={remedies} onChange={onChange} />}
    </div>
  );
}

/** In a list where there is room, else in one line. */
function Figures({ measured }: { measured: Measured }) {
  const figures = bands(measured);
  return (
    <>
      <dl className="grid max-lg:hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-sm">
        {figures.map(({ name, likely, band: around }) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="mono text-right">
              {likely}
              {around && <span className="block text-soft">{around}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mono text-sm lg:hidden">
        {figures.map(({ likely, band: around }) => (around ? `${likely} (${around})` : likely)).join(" · ")}
      </p>
    </>
  );
}

function bands({ config, result }: Measured) {
  const { peak_memory_bytes: peak, duration_seconds: time } = result;
  const figures = [];
  if (peak)
    figures.push({
      name: "Peak memory",
      likely: giga(peak.likely),
      band: band(giga(peak.low), giga(peak.high)),
    });
  if (time)
    figures.push({
      name: config.early_stop === false ? "Time" : "Time, if not stopped early",
      likely: about(time.likely),
      band: band(roughly(time.low), roughly(time.high)),
    });
  return figures;
}

/** Why what was measured is not that of the form any more. */
export function Outdated({ measured, config }: { measured: Measured; config: TrainingConfig | null }) {
  const remedy = config && takenRemedy(measured, config);
  if (remedy)
    return (
      <p role="status" className="text-sm">
        Changed: now about <span className="mono">{giga(remedy.peak_memory_bytes.likely)}</span> is expected
        {remedy.fits ? ", which fits" : ", which is still too much"}. Measure again to be sure.
      </p>
    );
  const titles = config ? changedSince(measured, config).map((name) => describe(name).title) : [];
  return (
    <p role="status" className="text-sm text-warn">
      Out of date: measured before {titles.length > 0 ? `${titles.join(", ")} changed` : "the last change"}.
    </p>
  );
}

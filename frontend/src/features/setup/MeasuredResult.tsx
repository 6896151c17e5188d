import { CircleCheck, TriangleAlert } from "lucide-react";
import type { PreflightResult, TrainingConfig } from "../../api";
import { Button } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { about, gigabytes, roughly } from "../../ui/format";
import { describe } from "./fields";
import { MemoryLine } from "./MemoryLine";
import { bestRemedy, changedSince, type Measured, type Remedy, takenRemedy } from "./measurement";

interface MeasuredResultProps {
  measured: Measured;
  config: TrainingConfig | null;
  outdated: boolean;
  onChange: (changes: Remedy["changes"]) => void;
}

/** Whether the run fits, what it takes with its bands, and the change that would make it fit. */
export function MeasuredResult({ measured, config, outdated, onChange }: MeasuredResultProps) {
  const { fits, verdict, peak_memory_bytes: peak, memory_limit_bytes: limit } = measured.result;
  const Icon = fits ? CircleCheck : TriangleAlert;
  return (
    <div className="grid gap-2">
      {outdated && <Outdated measured={measured} config={config} />}
      <div aria-live="polite" className={cx("grid gap-2", outdated && "text-soft max-lg:hidden")}>
        <p className={cx("flex gap-1.5 text-sm", !fits && !outdated && "text-warn")}>
          <Icon aria-hidden className={cx("mt-[3px] size-3.5 shrink-0", fits && "text-accent")} />
          <span className="min-w-0">{verdict}</span>
        </p>
        {peak && limit !== null && <MemoryLine peak={peak} limit={limit} fits={fits} faded={outdated} />}
        <Figures measured={measured} />
      </div>
      {!fits && !outdated && <Offer result={measured.result} onChange={onChange} />}
    </div>
  );
}

/** In a list where there is room, else in one line. */
function Figures({ measured }: { measured: Measured }) {
  const figures = bands(measured);
  return (
    <>
      <dl className="grid max-lg:hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-sm">
        {figures.map(({ name, likely, band }) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="mono text-right">
              {likely}
              {band && <span className="block text-soft">{band}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mono text-sm lg:hidden">
        {figures.map(({ likely, band }) => (band ? `${likely} (${band})` : likely)).join(" · ")}
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

function band(low: string, high: string): string | null {
  return low === high ? null : `${low} to ${high}`;
}

/** Why the figures below are not those of the form any more. */
function Outdated({ measured, config }: { measured: Measured; config: TrainingConfig | null }) {
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

function Offer({ result, onChange }: { result: PreflightResult; onChange: MeasuredResultProps["onChange"] }) {
  const remedy = bestRemedy(result);
  if (!remedy)
    return <p className="text-sm text-soft">No setting would make it fit; choose a smaller model.</p>;
  return (
    <div className="grid gap-1.5 text-sm">
      <p>
        {remedy.fits ? "It would fit with " : "It would take less, though still too much, with "}
        {remedy.words}: about <span className="mono">{giga(remedy.peak_memory_bytes.likely)}</span>.
      </p>
      <Button onClick={() => onChange(remedy.changes)}>Change it so</Button>
    </div>
  );
}

function giga(bytes: number): string {
  return gigabytes(bytes / 1e9);
}

import { CircleCheck, Gauge, TriangleAlert, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { PreflightResult, Range, TrainingConfig } from "../../api";
import { Button } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { NoteIcon } from "../../ui/Field";
import { about, duration, gigabytes, roughly } from "../../ui/format";
import { describe } from "./fields";
import { MemoryLine } from "./MemoryLine";
import { bestRemedy, changedSince, type Measured, takenRemedy } from "./measurement";
import type { Measurement } from "./useMeasurement";

/** What the run takes, measured: asked for, under way, answered, or out of date. */
export function MeasurementView({
  measurement,
  config,
  onChange,
}: {
  measurement: Measurement;
  /** what the form says now; null while it cannot be read */
  config: TrainingConfig | null;
  onChange: (changes: PreflightResult["remedies"][number]["changes"]) => void;
}) {
  const { measured, since, refusal, measure, cancel } = measurement;
  const outdated = measured !== null && (config === null || changedSince(measured, config).length > 0);
  return (
    <section
      aria-label="Memory and time"
      className={cx(
        "grid gap-2 border-line max-lg:grow lg:border-t lg:pt-3",
        (measured || refusal || since !== null) && "max-lg:basis-full",
      )}
    >
      {measured && <Result measured={measured} config={config} outdated={outdated} onChange={onChange} />}
      {refusal && (
        <p role="status" className="flex gap-1.5 text-sm text-warn">
          <NoteIcon bad={false} />
          <span className="min-w-0 break-words">{refusal}</span>
        </p>
      )}
      {since !== null ? (
        <UnderWay since={since} onCancel={cancel} />
      ) : (
        (measured === null || outdated) && (
          <Button disabled={config === null} onClick={() => config && measure(config)}>
            <Gauge aria-hidden />
            <span>
              {measured ? "Measure again" : "Measure"}
              {!measured && <span className="max-lg:hidden"> memory and time</span>}
            </span>
          </Button>
        )
      )}
      {!measured && since === null && (
        <p className="text-xs text-soft max-lg:hidden">
          A few real steps at the longest batch; nothing is kept.
        </p>
      )}
    </section>
  );
}

function UnderWay({ since, onCancel }: { since: number; onCancel: () => void }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="flex items-center gap-3">
      <p role="status" className="min-w-0 flex-1 text-sm">
        Measuring a few real steps
        <span aria-hidden className="mono whitespace-nowrap text-soft">
          {" "}
          {elapsed(now - since)}
        </span>
      </p>
      <Button onClick={onCancel}>
        <X aria-hidden />
        Cancel
      </Button>
    </div>
  );
}

interface ResultProps {
  measured: Measured;
  config: TrainingConfig | null;
  outdated: boolean;
  onChange: (changes: PreflightResult["remedies"][number]["changes"]) => void;
}

function Result({ measured, config, outdated, onChange }: ResultProps) {
  const {
    fits,
    verdict,
    peak_memory_bytes: peak,
    duration_seconds: time,
    memory_limit_bytes: limit,
  } = measured.result;
  return (
    <div className="grid gap-2">
      {outdated && <Outdated measured={measured} config={config} />}
      <div aria-live="polite" className={cx("grid gap-2", outdated && "text-soft max-lg:hidden")}>
        <p className={cx("flex gap-1.5 text-sm", !fits && !outdated && "text-warn")}>
          {fits ? (
            <CircleCheck aria-hidden className="mt-[3px] size-3.5 shrink-0 text-accent" />
          ) : (
            <TriangleAlert aria-hidden className="mt-[3px] size-3.5 shrink-0" />
          )}
          <span className="min-w-0">{verdict}</span>
        </p>
        {peak && limit !== null && <MemoryLine peak={peak} limit={limit} fits={fits} faded={outdated} />}
        <dl className="grid max-lg:hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-sm">
          {peak && (
            <Band name="Peak memory" likely={giga(peak.likely)} low={giga(peak.low)} high={giga(peak.high)} />
          )}
          {time && (
            <Band name="Time" likely={about(time.likely)} low={roughly(time.low)} high={roughly(time.high)} />
          )}
        </dl>
        <p className="mono text-sm lg:hidden">
          {[peak && inShort(giga, peak), time && inShort(about, time)].filter(Boolean).join(" · ")}
        </p>
      </div>
      {!fits && !outdated && <Remedy result={measured.result} onChange={onChange} />}
    </div>
  );
}

function Band({ name, likely, low, high }: { name: string; likely: string; low: string; high: string }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="mono text-right">
        {likely}
        {low !== high && (
          <span className="block text-soft">
            {low} to {high}
          </span>
        )}
      </dd>
    </>
  );
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

function Remedy({ result, onChange }: { result: PreflightResult; onChange: ResultProps["onChange"] }) {
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

function inShort(written: (value: number) => string, { likely, low, high }: Range): string {
  const ends = [low, high].map((end) => written(end).replace("about ", ""));
  return `${written(likely)} (${ends.join(" to ")})`;
}

function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : duration(seconds);
}

function giga(bytes: number): string {
  return gigabytes(bytes / 1e9);
}

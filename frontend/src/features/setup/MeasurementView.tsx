import { Gauge, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { TrainingConfig } from "../../api";
import { Button } from "../../ui/Button";
import { NoteIcon } from "../../ui/Field";
import { duration } from "../../ui/format";
import { ForecastView } from "./ForecastView";
import { MeasuredResult, Outdated } from "./MeasuredResult";
import { changedSince, type Remedy } from "./measurement";
import type { ForecastAnswer } from "./useForecast";
import type { Measurement } from "./useMeasurement";

interface MeasurementViewProps {
  forecast: ForecastAnswer;
  measurement: Measurement;
  /** what the form says now; null while it cannot be read */
  config: TrainingConfig | null;
  /** settings that shall be in the form are still worked out, so that a measurement would be of others */
  filling: boolean;
  onChange: (changes: Remedy["changes"]) => void;
}

/** What the run takes: estimated at once, measured where that was asked for and nothing changed since. */
export function MeasurementView({ forecast, measurement, config, filling, onChange }: MeasurementViewProps) {
  const { measured, since, refusal, measure, cancel } = measurement;
  const outdated = measured !== null && (config === null || changedSince(measured, config).length > 0);
  return (
    <section
      aria-label="Memory and time"
      className="grid gap-2 border-line max-lg:contents max-lg:[&>:not(button)]:basis-full lg:border-t lg:pt-3"
    >
      {measured && outdated && <Outdated measured={measured} config={config} />}
      {measured && !outdated ? (
        <MeasuredResult measured={measured} onChange={onChange} />
      ) : (
        <ForecastView forecast={forecast} onChange={onChange} />
      )}
      {refusal && (
        <p role="status" className="flex gap-1.5 text-sm text-warn">
          <NoteIcon bad={false} />
          <span className="min-w-0 break-words">{refusal}</span>
        </p>
      )}
      {since !== null && <UnderWay since={since} onCancel={cancel} />}
      {since === null && (!measured || outdated) && (
        <Measure again={measured !== null} config={filling ? null : config} onMeasure={measure} />
      )}
    </section>
  );
}

interface MeasureProps {
  again: boolean;
  /** null while there is nothing to measure */
  config: TrainingConfig | null;
  onMeasure: Measurement["measure"];
}

function Measure({ again, config, onMeasure }: MeasureProps) {
  return (
    <>
      <Button
        className="max-lg:flex-1"
        disabled={config === null}
        onClick={() => config && onMeasure(config)}
      >
        <Gauge aria-hidden />
        {again ? (
          "Measure again"
        ) : (
          <span>
            Measure<span className="max-lg:hidden"> memory and time</span>
          </span>
        )}
      </Button>
      {!again && (
        <p className="text-xs text-soft max-lg:hidden">
          A few real steps at the longest batch; nothing is kept.
        </p>
      )}
    </>
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

function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : duration(seconds);
}

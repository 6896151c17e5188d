import { CircleCheck, TriangleAlert } from "lucide-react";
import { Link } from "react-router";
import type { Forecast } from "../../api";
import { cx } from "../../ui/cx";
import { about, moment, roughly } from "../../ui/format";
import { MemoryLine } from "./MemoryLine";
import { band, giga, type Remedy } from "./measurement";
import { RemedyOffer } from "./RemedyOffer";
import type { ForecastAnswer } from "./useForecast";

/** Memory and time before anything is measured: told as an estimate, with its band, and never as more. */
export function ForecastView({
  forecast,
  onChange,
}: {
  forecast: ForecastAnswer;
  onChange: (changes: Remedy["changes"]) => void;
}) {
  const { shown, fresh } = forecast;
  if (!shown) return <NotYet forecast={forecast} />;
  const { fits, verdict, peak_memory_bytes: peak, memory_limit_bytes: limit } = shown;
  const Icon = fits ? CircleCheck : TriangleAlert;
  return (
    <div
      className={cx("grid gap-2 transition-colors duration-180", !fresh && "text-soft")}
      aria-live="polite"
      data-testid="forecast"
    >
      <h3 className="text-xs font-medium text-soft max-lg:hidden">Estimated, not measured</h3>
      <p className={cx("flex gap-1.5 text-sm", !fits && "text-warn", fits && "max-lg:hidden")}>
        <Icon aria-hidden className={cx("mt-[3px] size-3.5 shrink-0", fits && "text-accent")} />
        <span className="min-w-0">{verdict}</span>
      </p>
      <MemoryLine peak={peak} limit={limit} fits={fits} faded={!fresh} />
      <dl className="grid max-lg:hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-sm">
        <dt className="text-soft">Peak memory</dt>
        <dd className="mono text-right">
          about {giga(peak.likely)}
          <span className="block text-soft">{band(giga(peak.low), giga(peak.high))}</span>
        </dd>
        <dt className="text-soft">Time</dt>
        <dd className="text-right">
          <Time forecast={shown} />
        </dd>
      </dl>
      {fits && (
        <p className="mono text-sm lg:hidden">
          about {giga(peak.likely)}
          {shown.duration_seconds && ` · ${about(shown.duration_seconds.likely)}`}
          <span className="text-soft"> estimated</span>
        </p>
      )}
      {!fits && <RemedyOffer remedies={shown.remedies} onChange={onChange} />}
    </div>
  );
}

function Time({ forecast: { duration_seconds: time, time_source: source } }: { forecast: Forecast }) {
  if (!time || !source) return <span className="text-soft">not known yet: measure it</span>;
  return (
    <>
      <span className="mono">{about(time.likely)}</span>
      <span className="mono block text-soft">{band(roughly(time.low), roughly(time.high))}</span>
      <span className="block text-soft">
        {source.kind === "measurement" ? (
          `by steps measured ${moment(source.at)}`
        ) : (
          <>
            by the speed of{" "}
            <Link
              to={`/training/${source.session_id}`}
              className="text-accent underline underline-offset-2 [overflow-wrap:anywhere]"
            >
              {source.adapter_name}
            </Link>
          </>
        )}
      </span>
    </>
  );
}

function NotYet({ forecast: { error } }: { forecast: ForecastAnswer }) {
  return (
    <p className="text-sm text-soft max-lg:hidden lg:min-h-32">
      {error
        ? "Memory and time cannot be told as it stands."
        : "Memory and time are estimated here, once model and data are chosen."}
    </p>
  );
}

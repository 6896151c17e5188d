import type { ReactNode } from "react";
import type { TrainingConfig } from "../../api";
import { Sparkline } from "../../charts/Sparkline";
import { count, figure, gigabytes, rate, whole } from "../../ui/format";
import { Num } from "../../ui/Num";
import type { RunRecord } from "./runRecord";

interface FiguresProps {
  record: RunRecord;
  config: TrainingConfig;
  ended: boolean;
  loading: boolean;
}

/** The small figures under the chart, each with its course. */
export function Figures({ record, config, ended, loading }: FiguresProps) {
  const { reports } = record;
  const tokens = reports.at(-1)?.trained_tokens ?? 0;
  return (
    <section aria-label="Figures" aria-busy={loading}>
      <dl className="grid grid-cols-2 gap-x-8 gap-y-5 sm:grid-cols-3 xl:grid-cols-6">
        <Figure name="Train loss" values={reports.map((report) => report.train_loss)} write={figure} />
        <Best record={record} config={config} ended={ended} />
        <Figure name="Learning rate" values={reports.map((report) => report.learning_rate)} write={rate} />
        <Figure name="Gradient norm" values={reports.map((report) => report.grad_norm)} write={figure} />
        <Figure
          name="Speed"
          values={reports.map((report) => report.tokens_per_second)}
          write={(value) => `${figure(value)} tok/s`}
          below={`${count(tokens)} tokens ${ended ? "in all" : "so far"}`}
        />
        <Figure
          name="Peak memory"
          values={reports.map((report) => report.peak_memory_gb)}
          write={gigabytes}
        />
      </dl>
    </section>
  );
}

function Figure({
  name,
  values,
  write,
  below,
}: {
  name: string;
  values: number[];
  write: (value: number) => string;
  below?: string;
}) {
  const latest = values.at(-1);
  return (
    <div className="min-w-0">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="text-lg">
        {latest === undefined ? <Missing /> : <Num short={write(latest)} full={latest} />}
        <Sparkline values={values} />
        {below && values.length > 0 && <Below>{below}</Below>}
      </dd>
    </div>
  );
}

/** The best validation, and how many more without improvement early stopping allows. */
function Best({ record, config, ended }: Pick<FiguresProps, "record" | "config" | "ended">) {
  const { best, validationsSinceBest, points } = record;
  const losses = points.validation.filter((loss) => loss !== null);
  const patience = config.patience ?? 0;
  const left = Math.max(0, patience - validationsSinceBest);
  return (
    <div className="min-w-0">
      <dt className="text-sm text-soft">Best validation loss</dt>
      <dd className="text-lg">
        {best ? (
          <>
            <Num short={figure(best.loss)} full={best.loss} />{" "}
            <span className="mono text-sm text-soft">@{whole(best.iteration)}</span>
          </>
        ) : (
          <Missing />
        )}
        <Sparkline values={losses} />
        {best && config.early_stop && !ended && (
          <Below>
            patience {left} of {patience} validations left
          </Below>
        )}
      </dd>
    </div>
  );
}

function Below({ children }: { children: ReactNode }) {
  return <span className="mt-1 block text-xs text-soft">{children}</span>;
}

function Missing() {
  return (
    <span className="mono text-soft">
      <span aria-hidden>–</span>
      <span className="sr-only">not reported yet</span>
    </span>
  );
}

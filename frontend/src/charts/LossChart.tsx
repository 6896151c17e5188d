import { Check } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import "uplot/dist/uPlot.min.css";
import { Button } from "../ui/Button";
import { Drawer } from "../ui/Disclosure";
import { figure, whole } from "../ui/format";
import { LossPlot } from "./lossPlot";
import { type LossPoints, readAt, summary, tableRows } from "./lossPoints";

interface LossChartProps {
  points: LossPoints;
  /** changes whenever points were added: the arrays themselves are never copied */
  version: number;
  /** the last iteration on the axis */
  span: number;
  best: { iteration: number; loss: number } | null;
  colour: string;
}

/** The losses of one run: train as a thin line, validation with points, the best one marked. */
export function LossChart({ points, version, span, best, colour }: LossChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<LossPlot | null>(null);
  const [log, setLog] = useState(false);
  const [zoomed, setZoomed] = useState(false);
  const [at, setAt] = useState<number | null>(null);

  useEffect(() => {
    if (!holder.current) return;
    const made = new LossPlot(holder.current, { log, colour, onZoom: setZoomed, onCursor: setAt });
    plot.current = made;
    return () => made.destroy();
  }, [log, colour]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: version stands for the contents of points; a new plot wants them too
  useEffect(() => {
    plot.current?.show(points, span, best);
  }, [points, version, span, best, log, colour]);

  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
        <Legend colour={colour} />
        <Reading points={points} at={at} />
        <span className="ml-auto flex gap-2">
          {zoomed && (
            <Button look="quiet" onClick={() => plot.current?.reset()}>
              Show all
            </Button>
          )}
          <Button look="quiet" aria-pressed={log} onClick={() => setLog(!log)}>
            {log && <Check aria-hidden />}
            Log scale
          </Button>
        </span>
      </figcaption>
      <div
        ref={holder}
        role="img"
        aria-label={summary(points, best)}
        className="h-[clamp(15rem,42vh,26rem)] w-full min-w-0 touch-pan-y"
      />
      <LossTable points={points} version={version} />
    </figure>
  );
}

function Legend({ colour }: { colour: string }) {
  return (
    <>
      <span className="inline-flex items-center gap-2">
        <svg aria-hidden="true" width="18" height="8">
          <path d="M0 4h18" stroke={colour} strokeWidth="1.25" />
        </svg>
        Train
      </span>
      <span className="inline-flex items-center gap-2">
        <svg aria-hidden="true" width="18" height="8">
          <path d="M0 4h18" stroke="var(--color-ink)" strokeWidth="1.5" />
          <circle cx="9" cy="4" r="3" fill="var(--color-ink)" />
        </svg>
        Validation
      </span>
    </>
  );
}

/** What lies under the pointer. */
function Reading({ points, at }: { points: LossPoints; at: number | null }) {
  if (at === null)
    return <span className="text-soft max-wide:hidden">Drag to zoom, double-click to show all</span>;
  const { iteration, train, validation } = readAt(points, at);
  return (
    <span className="mono">
      step {whole(iteration)}
      {train !== null && ` · train ${figure(train)}`}
      {validation !== null && ` · validation ${figure(validation)}`}
    </span>
  );
}

/** The same numbers as a table, for those who do not see the chart. */
function LossTable({ points, version }: { points: LossPoints; version: number }) {
  const [open, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: version stands for the contents of points
  const rows = useMemo(() => (open ? tableRows(points) : []), [open, points, version]);
  return (
    <Drawer
      title="Losses as a table"
      open={open}
      onToggle={setOpen}
      className="mt-1 border-t-0 text-sm text-soft"
    >
      <section className="max-h-72 overflow-auto" aria-label="Losses" tabIndex={0}>
        <table className="mono w-full max-w-md text-right">
          <thead className="sticky top-0 bg-ground text-soft">
            <tr>
              <th className="py-1 font-normal">Step</th>
              <th className="py-1 font-normal">Train</th>
              <th className="py-1 font-normal">Validation</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.iteration}>
                <td>{whole(row.iteration)}</td>
                <td>{row.train === null ? "" : figure(row.train)}</td>
                <td>{row.validation === null ? "" : figure(row.validation)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Drawer>
  );
}

import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import "uplot/dist/uPlot.min.css";
import { Button } from "../ui/Button";
import { Drawer } from "../ui/Disclosure";
import { figure } from "../ui/format";
import { type AxisKind, axisKinds } from "./axes";
import { endOf, type OverlayRun, validationRows } from "./overlay";
import { OverlayPlot } from "./overlayPlot";

interface OverlayChartProps {
  runs: OverlayRun[];
  axis: AxisKind;
  log: boolean;
  /** the run that stands out; null where all do */
  picked: number | null;
  /** the place under the pointer, null when it leaves */
  onCursor: (place: number | null) => void;
  /** the chart in one sentence, for those who do not see it */
  summary: string;
  /** what the numbers at the lines stand for */
  legend: ReactNode;
}

/** The losses of several runs over each other: train thin, validation with points, the best ones marked. */
export function OverlayChart({ runs, axis, log, picked, onCursor, summary, legend }: OverlayChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<OverlayPlot | null>(null);
  const [zoomed, setZoomed] = useState(false);

  useEffect(() => {
    if (!holder.current) return;
    const made = new OverlayPlot(holder.current, { axis, log, onZoom: setZoomed, onCursor });
    plot.current = made;
    return () => {
      setZoomed(false);
      made.destroy();
    };
  }, [axis, log, onCursor]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot wants them too
  useEffect(() => {
    plot.current?.show(runs, Math.max(1e-9, ...runs.map(endOf)));
  }, [runs, axis, log, onCursor]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot wants it too
  useEffect(() => {
    plot.current?.pick(picked);
  }, [picked, axis, log, onCursor]);

  return (
    <figure className="min-w-0">
      <div
        ref={holder}
        role="img"
        aria-label={summary}
        className="h-[clamp(16rem,46vh,30rem)] w-full min-w-0 touch-pan-y"
      />
      <figcaption className="flex min-h-9 flex-wrap items-center gap-x-5 gap-y-1 text-sm text-soft">
        <LineKey />
        <span className="max-wide:hidden">Drag to zoom, double-click to show all</span>
        {zoomed && (
          <Button look="quiet" onClick={() => plot.current?.reset()}>
            Show all
          </Button>
        )}
        <span className="ml-auto">{axisKinds[axis].title}</span>
      </figcaption>
      {legend}
      <ValidationTable runs={runs} axis={axis} />
    </figure>
  );
}

function LineKey() {
  return (
    <>
      <span className="inline-flex items-center gap-2">
        <svg aria-hidden="true" width="18" height="8">
          <path d="M0 4h18" stroke="currentColor" strokeWidth="1" />
        </svg>
        Train
      </span>
      <span className="inline-flex items-center gap-2">
        <svg aria-hidden="true" width="18" height="8">
          <path d="M0 4h18" stroke="currentColor" strokeWidth="2" />
          <circle cx="9" cy="4" r="3" fill="currentColor" />
        </svg>
        Validation
      </span>
      <span className="inline-flex items-center gap-2">
        <svg aria-hidden="true" width="14" height="14">
          <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="2" />
        </svg>
        Best
      </span>
    </>
  );
}

/** The same numbers as a table, for those who do not see the chart. */
function ValidationTable({ runs, axis }: { runs: OverlayRun[]; axis: AxisKind }) {
  const [open, setOpen] = useState(false);
  const rows = useMemo(() => (open ? validationRows(runs) : []), [open, runs]);
  return (
    <Drawer
      title="Validation losses as a table"
      open={open}
      onToggle={setOpen}
      className="mt-2 border-t-0 text-sm text-soft"
    >
      <section className="max-h-72 overflow-auto" aria-label="Validation losses" tabIndex={0}>
        <table className="mono text-right">
          <thead className="sticky top-0 bg-ground text-soft">
            <tr className="[&>th]:py-1 [&>th]:pl-6 [&>th]:font-normal">
              <th className="first:pl-0">{axisKinds[axis].title}</th>
              {runs.map(({ number }) => (
                <th key={number}>run {number}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ x, losses }) => (
              <tr key={x} className="[&>td]:pl-6">
                <td className="first:pl-0">{axisKinds[axis].write(axis === "time" ? x : Math.round(x))}</td>
                {losses.map((loss, run) => (
                  <td key={runs[run]?.number}>{loss === null ? "" : figure(loss)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Drawer>
  );
}

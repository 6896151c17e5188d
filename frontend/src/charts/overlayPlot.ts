/** Draws the losses of several runs over each other with uPlot, once per animation frame at most. Knows no React. */

import uPlot from "uplot";
import { tick } from "../ui/format";
import { type AxisKind, axisKinds } from "./axes";
import { apart, endOf, joined, type OverlayRun } from "./overlay";
import { logLossRange, lossRange, plotAxis, readColour, readPlotInks, watchTheme } from "./plotLook";

interface Options {
  axis: AxisKind;
  log: boolean;
  onZoom: (zoomed: boolean) => void;
  onCursor: (place: number | null) => void;
}

const faded = 0.12;
/** The room that a number at the end of a line needs, in pixels. */
const label = { wide: 12, high: 14 };

export class OverlayPlot {
  private plot: uPlot | null = null;
  private readonly resizes: ResizeObserver;
  private readonly endTheme: () => void;
  private frame = 0;
  private runs: OverlayRun[] = [];
  private drawn: OverlayRun[] = [];
  private span = 1;
  private picked: number | null = null;
  private zoomed = false;
  private inks: ReturnType<typeof readPlotInks>;
  private colours: string[] = [];

  constructor(
    private readonly holder: HTMLElement,
    private readonly options: Options,
  ) {
    this.inks = readPlotInks(holder);
    this.resizes = new ResizeObserver(() =>
      this.plot?.setSize({ width: holder.clientWidth, height: holder.clientHeight }),
    );
    this.resizes.observe(holder);
    this.endTheme = watchTheme(this.recolour);
  }

  /** `span` is where the axis ends. */
  show(runs: OverlayRun[], span: number): void {
    this.runs = runs;
    this.span = span;
    this.frame ||= requestAnimationFrame(this.draw);
  }

  /** Lets all but one run step back; null lets all stand. */
  pick(number: number | null): void {
    this.picked = number;
    this.fade();
    this.plot?.redraw(false);
  }

  reset(): void {
    this.zoom(false);
    this.plot?.setData(this.data(), true);
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.resizes.disconnect();
    this.endTheme();
    this.plot?.destroy();
  }

  private readonly draw = () => {
    this.frame = 0;
    const before = this.drawn;
    this.drawn = this.runs;
    if (!this.plot || !sameLines(before, this.runs)) return this.rebuild();
    this.plot.setData(this.data(), !this.zoomed);
    if (this.zoomed) this.plot.redraw();
  };

  private rebuild() {
    this.plot?.destroy();
    if (this.zoomed) this.zoom(false);
    this.colours = this.drawn.map(({ colour }) => readColour(this.holder, colour));
    this.plot = new uPlot(this.uplotOptions(), this.data(), this.holder);
    this.fade();
  }

  private readonly recolour = () => {
    this.inks = readPlotInks(this.holder);
    this.colours = this.drawn.map(({ colour }) => readColour(this.holder, colour));
    this.plot?.redraw();
  };

  private fade() {
    this.drawn.forEach(({ number, isDense }, run) => {
      // The axis is the first series; the training losses lie under all validation losses.
      const train = this.plot?.series[1 + run];
      const validation = this.plot?.series[1 + this.drawn.length + run];
      const back = this.picked !== null && this.picked !== number;
      if (train) train.alpha = back ? faded / 2 : isDense ? 0.3 : 0.6;
      if (validation) validation.alpha = back ? faded : 1;
    });
  }

  private data(): uPlot.AlignedData {
    const lines = [
      ...this.drawn.map(({ train }) => train),
      ...this.drawn.map(({ validation }) => validation),
    ];
    const { x, columns } = joined(lines);
    return [x, ...columns] as uPlot.AlignedData;
  }

  private zoom(zoomed: boolean) {
    this.zoomed = zoomed;
    this.options.onZoom(zoomed);
  }

  private uplotOptions(): uPlot.Options {
    const { log } = this.options;
    const { ticks, write } = axisKinds[this.options.axis];
    const inks = () => this.inks;
    return {
      width: this.holder.clientWidth,
      height: this.holder.clientHeight,
      padding: [14, 30, 0, 0],
      legend: { show: false },
      cursor: {
        points: { show: false },
        drag: { x: true, y: false, dist: 6 },
        // The double click belongs to `reset`, which also tells the page.
        bind: {
          dblclick: () => () => {
            this.reset();
            return null;
          },
        },
      },
      scales: {
        x: { time: false, range: (_, low, high) => (this.zoomed ? [low, high] : [0, this.span]) },
        y: { distr: log ? 3 : 1, range: log ? logLossRange : lossRange },
      },
      axes: [
        { ...plotAxis(inks, write, 30), incrs: ticks, space: 72 },
        plotAxis(inks, log ? roundTick : tick, 52),
      ],
      series: [
        {},
        ...this.drawn.map((_, run) => this.trainSeries(run)),
        ...this.drawn.map((_, run) => this.validationSeries(run)),
      ],
      hooks: {
        setCursor: [(plot) => this.options.onCursor(placeUnder(plot))],
        setSelect: [(plot) => plot.select.width > 0 && this.zoom(true)],
        draw: [(plot) => this.mark(plot)],
      },
    };
  }

  private trainSeries(run: number): uPlot.Series {
    return { stroke: () => this.colours[run] ?? "", width: 1, spanGaps: true, points: { show: false } };
  }

  private validationSeries(run: number): uPlot.Series {
    const colour = () => this.colours[run] ?? "";
    const points = { show: () => this.hasRoom(run), size: 6, fill: colour };
    return { stroke: colour, width: 2, spanGaps: true, points };
  }

  /** Points that would touch each other are a thick line. */
  private hasRoom(run: number): boolean {
    return (this.drawn[run]?.validation.x.length ?? 0) * 8 <= this.holder.clientWidth;
  }

  /** The best validation of every run as a ring, and its number where its line ends. */
  private mark(plot: uPlot) {
    const { ctx, bbox } = plot;
    const ends = this.drawn.map((run) => lineEnd(plot, run));
    const [wide, high] = [label.wide * devicePixelRatio, label.high * devicePixelRatio];
    const labels = apart(ends, wide, high, bbox.top + bbox.height);
    ctx.save();
    this.drawn.forEach(({ best, number }, run) => {
      const back = this.picked !== null && this.picked !== number;
      ctx.globalAlpha = back ? faded : 1;
      ctx.strokeStyle = ctx.fillStyle = this.colours[run] ?? "";
      if (best) ring(ctx, plot.valToPos(best.x, "x", true), plot.valToPos(best.loss, "y", true), bbox);
      const place = labels[run];
      if (place && ends[run]?.shown) this.writeNumber(ctx, number, place.x, place.y);
    });
    ctx.restore();
  }

  private writeNumber(ctx: CanvasRenderingContext2D, number: number, x: number, y: number) {
    const fill = ctx.fillStyle;
    const ratio = devicePixelRatio;
    ctx.font = `600 ${12 * ratio}px ${this.inks.font}`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.strokeStyle = this.inks.ground;
    ctx.lineWidth = 4 * ratio;
    ctx.lineJoin = "round";
    const place = [x + 9 * ratio, y] as const;
    ctx.strokeText(String(number), ...place);
    ctx.fillStyle = fill;
    ctx.fillText(String(number), ...place);
  }
}

/** A logarithmic axis has ticks at its ends too, wherever they are: only the round ones are written. */
function roundTick(value: number): string {
  return Math.abs(Number(value.toPrecision(1)) - value) < 1e-9 * value ? tick(value) : "";
}

/** Whether a plot that was built for some runs can show others. */
function sameLines(some: OverlayRun[], others: OverlayRun[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ number, colour }, run) => number === others[run]?.number && colour === others[run]?.colour)
  );
}

function placeUnder(plot: uPlot): number | null {
  const { left } = plot.cursor;
  return left === undefined || left < 0 ? null : plot.posToVal(left, "x");
}

/** Where a run's last validation is drawn, or its last training loss where it has none. */
function lineEnd(plot: uPlot, run: OverlayRun) {
  const line = run.validation.x.length > 1 ? run.validation : run.train;
  const x = plot.valToPos(endOf(run), "x", true);
  const y = plot.valToPos(line.loss.at(-1) ?? 0, "y", true);
  const { left, top, width, height } = plot.bbox;
  const shown =
    line.x.length > 0 && x >= left && x <= left + width + 1 && y >= top - 1 && y <= top + height + 1;
  return { x, y, shown };
}

function ring(ctx: CanvasRenderingContext2D, x: number, y: number, bbox: uPlot.BBox) {
  if (x < bbox.left || x > bbox.left + bbox.width || y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  ctx.arc(x, y, 6.5 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.stroke();
}

/** Draws losses with uPlot on a canvas, once per animation frame at most. Knows no React. */

import uPlot from "uplot";
import { figure, tick, whole } from "../ui/format";
import { type LossPoints, readAt } from "./lossPoints";
import {
  logLossRange,
  lossRange,
  plotAxis,
  readColour,
  readPlotInks,
  watchTheme,
  wholeTicks,
} from "./plotLook";

interface Best {
  iteration: number;
  loss: number;
}

interface Options {
  log: boolean;
  colour: string;
  onZoom: (zoomed: boolean) => void;
  onCursor: (index: number | null) => void;
}

export class LossPlot {
  private readonly plot: uPlot;
  private readonly resizes: ResizeObserver;
  private readonly endTheme: () => void;
  private frame = 0;
  private points: LossPoints = { iterations: [], train: [], validation: [] };
  private span = 1;
  private best: Best | null = null;
  private zoomed = false;
  private inks: Inks;

  constructor(
    private readonly holder: HTMLElement,
    private readonly options: Options,
  ) {
    this.inks = readInks(holder, options.colour);
    this.plot = new uPlot(this.uplotOptions(), this.data(), holder);
    this.resizes = new ResizeObserver(() =>
      this.plot.setSize({ width: holder.clientWidth, height: holder.clientHeight }),
    );
    this.resizes.observe(holder);
    this.endTheme = watchTheme(this.recolour);
  }

  show(points: LossPoints, span: number, best: Best | null): void {
    this.points = points;
    this.span = span;
    this.best = best;
    if (!this.frame) this.frame = requestAnimationFrame(this.draw);
  }

  reset(): void {
    this.zoom(false);
    this.plot.setData(this.data(), true);
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.resizes.disconnect();
    this.endTheme();
    this.plot.destroy();
  }

  private readonly draw = () => {
    this.frame = 0;
    this.plot.setData(this.data(), !this.zoomed);
    if (this.zoomed) this.plot.redraw();
  };

  private readonly onDoubleClick = () => {
    this.reset();
    return null;
  };

  private readonly recolour = () => {
    this.inks = readInks(this.holder, this.options.colour);
    this.plot.redraw();
  };

  private data(): uPlot.AlignedData {
    return [this.points.iterations, this.points.train, this.points.validation];
  }

  private zoom(zoomed: boolean) {
    this.zoomed = zoomed;
    this.options.onZoom(zoomed);
  }

  private uplotOptions(): uPlot.Options {
    const inks = () => this.inks;
    return {
      width: this.holder.clientWidth,
      height: this.holder.clientHeight,
      padding: [14, 28, 0, 0],
      legend: { show: false },
      cursor: {
        points: { size: 7 },
        drag: { x: true, y: false, dist: 6 },
        // The double click belongs to `reset`, which also tells the page.
        bind: { dblclick: () => this.onDoubleClick },
      },
      scales: {
        x: { time: false, range: (_, low, high) => (this.zoomed ? [low, high] : [0, this.span]) },
        y: { distr: this.options.log ? 3 : 1, range: this.options.log ? logLossRange : lossRange },
      },
      axes: [{ ...plotAxis(inks, whole, 30), incrs: wholeTicks }, plotAxis(inks, tick, 52)],
      series: [
        {},
        { stroke: () => this.inks.train, width: 1.25, alpha: 0.75, spanGaps: true, points: { show: false } },
        {
          stroke: () => this.inks.ink,
          width: 1.5,
          spanGaps: true,
          points: { show: (plot) => plot.valToPos(this.span, "x") > 0, size: 6, fill: () => this.inks.ink },
        },
      ],
      hooks: {
        setCursor: [(plot) => this.options.onCursor(plot.cursor.idx ?? null)],
        setSelect: [(plot) => plot.select.width > 0 && this.zoom(true)],
        draw: [(plot) => this.markBest(plot)],
      },
    };
  }

  private markBest(plot: uPlot) {
    if (!this.best) return;
    const { ctx, bbox } = plot;
    const x = plot.valToPos(this.best.iteration, "x", true);
    const y = plot.valToPos(this.best.loss, "y", true);
    if (x < bbox.left || x > bbox.left + bbox.width || y < bbox.top || y > bbox.top + bbox.height) return;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = this.inks.accent;
    ctx.fillStyle = this.inks.accent;
    ctx.lineWidth = 2 * ratio;
    ctx.beginPath();
    ctx.arc(x, y, 6.5 * ratio, 0, 2 * Math.PI);
    ctx.stroke();
    this.writeBest(ctx, x, y, bbox, ratio);
    ctx.restore();
  }

  /** On the side of the point where the train line is not; letters have a rim of the ground's colour. */
  private writeBest(ctx: CanvasRenderingContext2D, x: number, y: number, bbox: uPlot.BBox, ratio: number) {
    if (!this.best) return;
    const text = `best ${figure(this.best.loss)} @${whole(this.best.iteration)}`;
    const right = x < bbox.left + bbox.width * 0.8;
    const index = this.points.iterations.indexOf(this.best.iteration);
    const trainIsAbove = (readAt(this.points, index).train ?? this.best.loss) >= this.best.loss;
    const below = trainIsAbove && y + 28 * ratio < bbox.top + bbox.height;
    const place = [x + (right ? 8 : -8) * ratio, y + (below ? 22 : -13) * ratio] as const;
    ctx.font = `${12 * ratio}px ${this.inks.font}`;
    ctx.textAlign = right ? "left" : "right";
    ctx.strokeStyle = this.inks.ground;
    ctx.lineWidth = 4 * ratio;
    ctx.lineJoin = "round";
    ctx.strokeText(text, ...place);
    ctx.fillText(text, ...place);
  }
}

type Inks = ReturnType<typeof readInks>;

function readInks(holder: HTMLElement, colour: string) {
  return {
    ...readPlotInks(holder),
    train: readColour(holder, colour),
    accent: readColour(holder, "var(--color-accent)"),
  };
}

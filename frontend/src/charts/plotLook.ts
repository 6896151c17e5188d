/** What all plots of losses have in common: ranges, axes, and colours as a canvas needs them. */

import type uPlot from "uplot";

/** Steps between two ticks where there is no half of one. */
export const wholeTicks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
);

export function lossRange(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const room = (high - low || high || 1) * 0.08;
  return [Math.max(0, low - room), high + room];
}

export function logLossRange(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null || low <= 0) return [0.1, 10];
  return [low * 0.85, high * 1.18];
}

export function plotAxis(
  inks: () => { soft: string; line: string; font: string },
  write: (value: number) => string,
  size: number,
): uPlot.Axis {
  return {
    stroke: () => inks().soft,
    font: `12px ${inks().font}`,
    size,
    grid: { stroke: () => inks().line, width: 1 },
    ticks: { show: false },
    values: (_, splits) => splits.map((value) => (value === null ? "" : write(value))),
  };
}

/** A canvas cannot read custom properties: have the browser work the colour out, on an element of its own. One that
 * changed its colour could still be on the way there, since reduced motion makes every change a short transition. */
export function readColour(holder: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  holder.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export function readPlotInks(holder: HTMLElement) {
  return {
    ground: readColour(holder, "var(--color-ground)"),
    ink: readColour(holder, "var(--color-ink)"),
    soft: readColour(holder, "var(--color-soft)"),
    line: readColour(holder, "var(--color-line)"),
    font: getComputedStyle(holder).getPropertyValue("--font-mono"),
  };
}

/** Says when light becomes dark or dark light; returns what ends it. */
export function watchTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(changed);
  system.addEventListener("change", changed);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    chosen.disconnect();
  };
}

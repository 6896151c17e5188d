/** How places on the axis of a loss chart are written: steps, tokens or time. */

import type uPlot from "uplot";
import { count, duration, tick, whole } from "../ui/format";
import { wholeTicks } from "./plotLook";

export type AxisKind = "step" | "tokens" | "time";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const timeTicks = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minute),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hour),
  ...[1, 2, 5, 10, 20, 50].map((days) => days * day),
];

export const axisKinds: Record<
  AxisKind,
  { title: string; ticks: uPlot.Axis.Incrs; write: (value: number) => string; at: (value: number) => string }
> = {
  step: {
    title: "steps",
    ticks: wholeTicks,
    write: whole,
    at: (value) => `step ${whole(Math.round(value))}`,
  },
  tokens: {
    title: "tokens trained",
    ticks: wholeTicks,
    write: (value) => (value === 0 ? "0" : roundCount(value)),
    at: (value) => `${count(Math.round(value))} tokens`,
  },
  time: {
    title: "time at work, without pauses",
    ticks: timeTicks,
    write: elapsed,
    at: (value) => duration(value),
  },
};

/** 30 s, 5 min, 1 h 30 min: no parts that are nothing. */
export function elapsed(seconds: number): string {
  if (seconds < minute) return `${tick(seconds)} s`;
  const parts = [
    [Math.floor(seconds / day), "d"],
    [Math.floor((seconds % day) / hour), "h"],
    [Math.floor((seconds % hour) / minute), "min"],
    [Math.round(seconds % minute), "s"],
  ] as const;
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** 20 k, 1.5 M: a tick is a round number. */
function roundCount(value: number): string {
  if (value < 10_000) return whole(value);
  const [size, unit] = value < 1e6 ? [1e3, "k"] : value < 1e9 ? [1e6, "M"] : [1e9, "B"];
  return `${tick(value / size)} ${unit}`;
}

import { useEffect, useState } from "react";
import { planReveal, type Reveal, shownAt, tickMilliseconds } from "./reveal";

/** Shows answers at one pace by one clock, from the moment this is first drawn; at once where motion is unwanted. */
export function useReveal(texts: string[]) {
  const [reveal] = useState<Reveal>(() => planReveal(texts));
  const [tick, setTick] = useState(() => (motionIsUnwanted() ? reveal.ticks : 0));
  const complete = tick >= reveal.ticks;

  useEffect(() => {
    if (complete) return;
    const began = performance.now() - tick * tickMilliseconds;
    const timer = setTimeout(
      () => setTick(Math.max(tick + 1, Math.floor((performance.now() - began) / tickMilliseconds))),
      tickMilliseconds,
    );
    return () => clearTimeout(timer);
  }, [tick, complete]);

  return { shown: shownAt(reveal, tick), complete, showAll: () => setTick(reveal.ticks) };
}

function motionIsUnwanted(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

import { useEffect, useLayoutEffect, useRef } from "react";
import type { Turn } from "./useTurns";

const nearPixels = 64;

/** A new turn is scrolled to; its answers are followed as they grow while the reader is at the foot of the page. */
export function useFollow(turns: Turn[], on: boolean) {
  const atFoot = useRef(true);
  const seen = useRef(0);

  useEffect(() => {
    const onScroll = () => {
      const { scrollTop, scrollHeight, clientHeight } = document.documentElement;
      atFoot.current = scrollHeight - scrollTop - clientHeight < nearPixels;
    };
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => window.removeEventListener("scroll", onScroll);
  }, []);

  useLayoutEffect(() => {
    const hasNew = turns.length > seen.current;
    seen.current = turns.length;
    if (!on || turns.length === 0 || !(hasNew || atFoot.current)) return;
    const page = document.documentElement;
    page.scrollTop = page.scrollHeight;
  }, [turns, on]);
}

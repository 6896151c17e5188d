import { useEffect, useRef } from "react";

/** Ctrl or Cmd with Enter asks, Escape stops: anywhere on the page, unless a list or dialog takes the key. */
export function useShortcuts(shortcuts: { ask: () => void; stop: (() => void) | null }) {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { ask, stop } = latest.current;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask();
      else if (event.key === "Escape" && stop) stop();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

import { useEffect, useEffectEvent } from "react";

/** Single keys, wherever the focus is, except where somebody writes or chooses from a list. `onKey` says if it took one. */
export function useKeys(onKey: (key: string) => boolean) {
  const take = useEffectEvent((event: KeyboardEvent) => {
    const modified = event.metaKey || event.ctrlKey || event.altKey;
    if (event.defaultPrevented || event.repeat || modified || isTaken(event)) return;
    if (onKey(event.key)) event.preventDefault();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => take(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

const writing = "input, textarea, [contenteditable], [role=listbox], [role=dialog], [role=alertdialog]";
const pressing = "button, a, summary";

function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest(key === "Enter" ? `${writing}, ${pressing}` : writing) !== null;
}

import { useCallback, useSyncExternalStore } from "react";

/** The same as --breakpoint-wide in theme.css: from here on there is room for a table. */
const tableWidth = 800;

/** Whether the window is at least so many pixels wide. */
export function useWide(pixels = tableWidth): boolean {
  const query = `(min-width: ${pixels}px)`;
  const subscribe = useCallback(
    (changed: () => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

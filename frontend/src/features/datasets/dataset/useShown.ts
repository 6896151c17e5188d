import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { changed, readShown, type Shown } from "./address";

/** What the address says is shown, and a way to change it; going back leads over views, not over every row. */
export function useShown() {
  const [search, setSearch] = useSearchParams();
  const shown = useMemo(() => readShown(search), [search]);
  const change = useCallback(
    (changes: Partial<Shown>) =>
      setSearch((before) => changed(before, changes), {
        replace: changes.view === undefined,
        preventScrollReset: true,
      }),
    [setSearch],
  );
  return { shown, change };
}

import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { changed, readSelection, type Selection } from "./address";

/** What the address says, and a way to change it; going back leads over evaluations, not over every field. */
export function useSelection() {
  const [search, setSearch] = useSearchParams();
  const selection = useMemo(() => readSelection(search), [search]);
  const change = useCallback(
    (changes: Partial<Selection>) =>
      setSearch((before) => changed(before, changes), {
        replace: changes.evaluation === undefined,
        preventScrollReset: true,
      }),
    [setSearch],
  );
  return { selection, change };
}

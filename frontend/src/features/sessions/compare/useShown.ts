import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { readShown, type Shown, writeShown } from "../address";

/** What the address says, and a way to change it; going back leads to the page before, not over every choice. */
export function useShown() {
  const [search, setSearch] = useSearchParams();
  const shown = useMemo(() => readShown(search), [search]);
  const change = useCallback(
    (changes: Partial<Shown>) =>
      setSearch((before) => writeShown({ ...readShown(before), ...changes }), {
        replace: true,
        preventScrollReset: true,
      }),
    [setSearch],
  );
  return { shown, change };
}

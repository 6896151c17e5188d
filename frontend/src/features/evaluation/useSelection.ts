import { useCallback, useMemo } from "react";
import { useAddress } from "../../ui/useAddress";
import { changed, readSelection, type Selection } from "./address";

/** What the address says, and a way to change it; going back leads over evaluations, not over every field. */
export function useSelection() {
  const { search, change: changeAddress } = useAddress();
  const selection = useMemo(() => readSelection(search), [search]);
  const change = useCallback(
    (changes: Partial<Selection>) =>
      void changeAddress((before) => changed(before, changes), { replace: changes.evaluation === undefined }),
    [changeAddress],
  );
  return { selection, change };
}

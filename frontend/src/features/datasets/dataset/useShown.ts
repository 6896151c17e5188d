import { useCallback, useMemo } from "react";
import { useAddress } from "../../../ui/useAddress";
import { changed, readShown, type Shown } from "./address";

/** What the address says is shown, and a way to change it; going back leads over views, not over every row. */
export function useShown() {
  const { search, change: changeAddress } = useAddress();
  const shown = useMemo(() => readShown(search), [search]);
  const change = useCallback(
    (changes: Partial<Shown>) =>
      void changeAddress((before) => changed(before, changes), { replace: changes.view === undefined }),
    [changeAddress],
  );
  return { shown, change };
}

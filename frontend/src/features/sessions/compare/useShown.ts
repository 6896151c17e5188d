import { useCallback, useMemo } from "react";
import { useAddress } from "../../../ui/useAddress";
import { readShown, type Shown, writeShown } from "../address";

/** What the address says, and a way to change it; going back leads to the page before, not over every choice. */
export function useShown() {
  const { search, change: changeAddress } = useAddress();
  const shown = useMemo(() => readShown(search), [search]);
  const change = useCallback(
    (changes: Partial<Shown>) =>
      void changeAddress((before) => writeShown({ ...readShown(before), ...changes })),
    [changeAddress],
  );
  return { shown, change };
}

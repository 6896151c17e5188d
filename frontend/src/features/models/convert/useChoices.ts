import { useCallback, useMemo } from "react";
import { useAddress } from "../../../ui/useAddress";
import { type Choices, readChoices, writeChoices } from "./recipe";

/** What the address says of a conversion, and a way to change it. */
export function useChoices() {
  const { search, change: changeAddress } = useAddress();
  const choices = useMemo(() => readChoices(search), [search]);
  const change = useCallback(
    (changes: Partial<Choices>) =>
      void changeAddress((before) => writeChoices({ ...readChoices(before), ...changes })),
    [changeAddress],
  );
  return { choices, change };
}

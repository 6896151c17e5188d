import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { type Choices, readChoices, writeChoices } from "./recipe";

/** What the address says of a conversion, and a way to change it. */
export function useChoices() {
  const [search, setSearch] = useSearchParams();
  const choices = useMemo(() => readChoices(search), [search]);
  const change = useCallback(
    (changes: Partial<Choices>) =>
      setSearch((before) => writeChoices({ ...readChoices(before), ...changes }), {
        replace: true,
        preventScrollReset: true,
      }),
    [setSearch],
  );
  return { choices, change };
}

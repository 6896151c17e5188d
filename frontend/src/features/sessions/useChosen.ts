import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { mostSessions, readSessions, writeSessions } from "./address";

/** Which sessions are chosen to be compared; the address keeps them, for the way back. */
export function useChosen() {
  const [search, setSearch] = useSearchParams();
  const chosen = useMemo(() => readSessions(search), [search]);
  const choose = useCallback(
    (id: string, wanted: boolean) =>
      setSearch(
        (before) => {
          const others = readSessions(before).filter((each) => each !== id);
          return writeSessions(wanted ? [...others, id] : others);
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  const clear = () => setSearch({}, { replace: true, preventScrollReset: true });
  return { chosen, choose, clear, isFull: chosen.length >= mostSessions };
}

export type Choosing = ReturnType<typeof useChosen>;

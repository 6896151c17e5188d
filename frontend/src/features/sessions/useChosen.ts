import { useState } from "react";
import { useSearchParams } from "react-router";
import { mostSessions, readSessions, writeSessions } from "./address";

/** Which sessions are chosen to be compared. The address follows, for a reload and for the way back; it is too slow to
 * be what a box shows, and two quick ticks would lose the first. */
export function useChosen() {
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useState(() => readSessions(search));
  const change = (next: string[]) => {
    setChosen(next);
    setSearch(writeSessions(next), { replace: true, preventScrollReset: true });
  };
  const choose = (id: string, wanted: boolean) => {
    const others = chosen.filter((each) => each !== id);
    change(wanted ? [...others, id] : others);
  };
  return { chosen, choose, clear: () => change([]), isFull: chosen.length >= mostSessions };
}

export type Choosing = ReturnType<typeof useChosen>;

import { useMemo } from "react";
import { useAddress } from "../../ui/useAddress";
import { mostSessions, readSessions, writeSessions } from "./address";

/** Which sessions are chosen to be compared; the address keeps them for a reload and for the way back. */
export function useChosen() {
  const { search, change } = useAddress();
  const chosen = useMemo(() => readSessions(search), [search]);
  const choose = (id: string, wanted: boolean) =>
    void change((before) => {
      const others = readSessions(before).filter((each) => each !== id);
      return writeSessions(wanted ? [...others, id] : others);
    });
  return {
    chosen,
    choose,
    clear: () => void change(() => writeSessions([])),
    isFull: chosen.length >= mostSessions,
  };
}

export type Choosing = ReturnType<typeof useChosen>;

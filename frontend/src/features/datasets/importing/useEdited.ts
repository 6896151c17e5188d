import { useCallback, useState } from "react";
import type { ImportDraft } from "../../../api";
import { begin, type Edited } from "./edited";
import { loadEdited, saveEdited } from "./kept";

/** What is decided about a draft, and a way to decide otherwise. */
export function useEdited(draft: ImportDraft) {
  const [edited, setEdited] = useState<Edited>(() => ({ ...begin(draft), ...loadEdited(draft.id) }));
  const change = useCallback(
    (changes: Partial<Edited>) =>
      setEdited((before) => {
        const after = { ...before, ...changes };
        saveEdited(draft.id, after);
        return after;
      }),
    [draft.id],
  );
  return { edited, change };
}

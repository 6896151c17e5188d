import { useCallback, useState } from "react";
import { type ImportDraft, useGetImportReportQuery } from "../../../api";
import { loadEdited, saveEdited } from "../kept";
import { begin, type Edited, fromPlan } from "./edited";

/**
 * What is decided about a draft, and a way to decide otherwise. It begins as it was left in this browser, else as it
 * was when the draft was last checked, wherever that was; null until that is known. What nobody has decided follows
 * the files.
 */
export function useEdited(draft: ImportDraft) {
  const [decided, setDecided] = useState(
    () => loadEdited(draft.id) ?? (draft.check_job === null ? {} : null),
  );
  const { data, isError } = useGetImportReportQuery({ draftId: draft.id }, { skip: decided !== null });
  if (decided === null && data) setDecided(fromPlan(draft, data.plan));
  else if (decided === null && isError) setDecided({});
  const change = useCallback(
    (changes: Partial<Edited>) =>
      setDecided((before) => {
        if (before === null) return null;
        const after = { ...before, ...changes };
        saveEdited(draft.id, after);
        return after;
      }),
    [draft.id],
  );
  return { edited: decided && { ...begin(draft), ...decided }, change };
}

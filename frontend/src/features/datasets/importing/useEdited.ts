import { useCallback, useState } from "react";
import { type ImportDraft, useGetImportReportQuery } from "../../../api";
import { loadEdited, saveEdited } from "../kept";
import { begin, type Edited, fromPlan } from "./edited";

/**
 * Where decisions about a draft begin: as they were left in this browser, else as they were when it was last checked,
 * wherever that was. Null until that is known; then it stays.
 */
export function useBeginning(draft: ImportDraft): Edited | null {
  const [known, setKnown] = useState(() => {
    const kept = loadEdited(draft.id);
    if (kept) return { ...begin(draft), ...kept };
    return draft.check_job === null ? begin(draft) : null;
  });
  const { data, isError } = useGetImportReportQuery({ draftId: draft.id }, { skip: known !== null });
  if (known !== null) return known;
  if (data) setKnown(fromPlan(draft, data.plan));
  else if (isError) setKnown(begin(draft));
  return null;
}

/** What is decided about a draft, and a way to decide otherwise. */
export function useEdited(draftId: string, beginning: Edited) {
  const [edited, setEdited] = useState(beginning);
  const change = useCallback(
    (changes: Partial<Edited>) =>
      setEdited((before) => {
        const after = { ...before, ...changes };
        saveEdited(draftId, after);
        return after;
      }),
    [draftId],
  );
  return { edited, change };
}

import { useCallback, useState } from "react";
import { type ImportDraft, useGetImportReportQuery } from "../../../api";
import { begin, type Edited, fromPlan } from "./edited";
import { loadEdited, saveEdited } from "./kept";

/**
 * Where decisions about a draft begin: as they were left in this browser, else as they were when it was last checked,
 * wherever that was. Null until that is known.
 */
export function useBeginning(draft: ImportDraft): Edited | null {
  const [kept] = useState(() => loadEdited(draft.id));
  const { data, isFetching } = useGetImportReportQuery(
    { draftId: draft.id },
    { skip: kept !== null || draft.check_job === null },
  );
  if (kept) return { ...begin(draft), ...kept };
  if (data) return fromPlan(draft, data.plan);
  return isFetching ? null : begin(draft);
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

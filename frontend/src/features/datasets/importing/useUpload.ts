import { useCallback, useEffect, useRef, useState } from "react";
import {
  api,
  type ImportDraft,
  useApiDispatch,
  useBeginImportMutation,
  useDeleteImportMutation,
} from "../../../api";
import { type ApiError, asApiError } from "../../../api/base";
import { type ChosenFile, nameConflict } from "./chosenFiles";
import { UploadError, uploadFile } from "./upload";

export interface Upload {
  /** the file on its way */
  name: string;
  filesDone: number;
  files: number;
  bytesDone: number;
  bytes: number;
  secondsLeft: number | null;
}

const measuredSeconds = 2;
const byPerson = "cancelled by the person";

/**
 * Files on their way into a draft, a new one where none is given. `onDone` gets the draft once all have arrived. A new
 * draft goes again where this is cancelled or nothing arrived; what arrived before an accident or a trip to another
 * page is kept. No file replaces another.
 */
export function useUpload(draft: ImportDraft | null, onDone: (draftId: string) => void) {
  const [upload, setUpload] = useState<Upload | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [beginImport] = useBeginImportMutation();
  const [deleteImport] = useDeleteImportMutation();
  const dispatch = useApiDispatch();
  const running = useRef<AbortController | null>(null);

  const busy = upload !== null;
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [busy]);
  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(
    async (chosen: ChosenFile[]) => {
      if (chosen.length === 0) return;
      const conflict = nameConflict(chosen, draft?.files.map(({ name }) => name) ?? []);
      setProblem(conflict === null ? null : asApiError(new Error(conflict)));
      if (conflict !== null) return;
      const controller = new AbortController();
      running.current = controller;
      let target = draft?.id ?? null;
      let arrived = 0;
      try {
        target ??= (await beginImport({ newImport: {} }).unwrap()).id;
        await sendAll(target, chosen, controller.signal, (next) => {
          arrived = next.filesDone;
          setUpload(next);
        });
        onDone(target);
      } catch (error) {
        const wanted = controller.signal.reason !== byPerson && arrived > 0;
        if (target && draft === null && !wanted) await deleteImport({ draftId: target });
        if (!controller.signal.aborted)
          setProblem(error instanceof UploadError ? error.problem : asApiError(error));
      } finally {
        dispatch(api.util.invalidateTags(["imports"]));
        setUpload(null);
      }
    },
    [draft, beginImport, deleteImport, dispatch, onDone],
  );
  const cancel = () => running.current?.abort(byPerson);
  return { upload, problem, send, cancel };
}

async function sendAll(
  draftId: string,
  chosen: ChosenFile[],
  signal: AbortSignal,
  tell: (upload: Upload) => void,
) {
  const bytes = chosen.reduce((sum, { file }) => sum + file.size, 0);
  const started = performance.now();
  let before = 0;
  for (const [index, { name, file }] of chosen.entries()) {
    const say = (sent: number) => {
      const bytesDone = before + sent;
      const seconds = (performance.now() - started) / 1000;
      const known = seconds > measuredSeconds && bytesDone > 0;
      tell({
        name,
        filesDone: index,
        files: chosen.length,
        bytesDone,
        bytes,
        secondsLeft: known ? ((bytes - bytesDone) * seconds) / bytesDone : null,
      });
    };
    say(0);
    await uploadFile(draftId, name, file, say, signal);
    before += file.size;
  }
}

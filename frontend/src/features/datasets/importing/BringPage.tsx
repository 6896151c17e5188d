import { useCallback } from "react";
import { useNavigate } from "react-router";
import { Failure } from "../../../ui/Faces";
import { Drafts } from "../Drafts";
import { DropZone } from "./DropZone";
import { PasteForm, PathForm } from "./OtherWays";
import { UploadProgress } from "./UploadProgress";
import { useUpload } from "./useUpload";

/** Where data comes from: files, a path on this machine, or pasted text. */
export function BringPage() {
  const navigate = useNavigate();
  const open = useCallback((draftId: string) => navigate(`/data/import/${draftId}`), [navigate]);
  const { upload, problem, send, cancel } = useUpload(null, open);
  return (
    <div className="grid max-w-3xl grid-cols-1 gap-8">
      <p className="text-soft">
        Any shape will do: what it is gets recognised and shown before anything is written.
      </p>
      {problem && <Failure title="The files could not be copied" problem={problem} />}
      {upload ? <UploadProgress upload={upload} onCancel={cancel} /> : <DropZone onFiles={send} />}
      {!upload && (
        <>
          <PathForm onDraft={open} />
          <PasteForm onDraft={open} />
          <Drafts />
        </>
      )}
    </div>
  );
}

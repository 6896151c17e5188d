import type { ImportDraft } from "../../../api";
import { jobHasEnded } from "../../../api/job";
import { CheckSection } from "./CheckSection";
import { CleanSection } from "./CleanSection";
import type { ChosenFile } from "./chosenFiles";
import type { Edited } from "./edited";
import { FilesSection } from "./FilesSection";
import { ImportSection } from "./ImportSection";
import { MappingSection } from "./MappingSection";
import { SplitSection } from "./SplitSection";
import { useCheck } from "./useCheck";
import { useEdited } from "./useEdited";
import { useLook } from "./useLook";
import { useUpload } from "./useUpload";
import { useWriting } from "./useWriting";
import { Writing } from "./Writing";

const stay = () => {};

/** A draft from what it was taken for to the data set that it becomes, one part under the other. */
export function DraftView({ draft }: { draft: ImportDraft }) {
  const writing = useWriting(draft);
  const { edited, change } = useEdited(draft);
  const { upload, problem, send, cancel } = useUpload(draft, stay);
  if (writing && !jobHasEnded(writing)) return <Writing job={writing} />;
  const add = (files: ChosenFile[]) => {
    // A file that arrives takes the last check with it, and so the decisions that were read from there: keep them.
    change({});
    void send(files);
  };
  return (
    <div className="grid grid-cols-1 gap-8">
      <FilesSection draft={draft} upload={upload} problem={problem} onFiles={add} onCancel={cancel} />
      {edited && !upload && draft.files.some(({ taken }) => taken) && (
        <Decisions draft={draft} edited={edited} change={change} notWritten={writing?.reason} />
      )}
    </div>
  );
}

function Decisions({
  draft,
  edited,
  change,
  notWritten,
}: {
  draft: ImportDraft;
  edited: Edited;
  change: (changes: Partial<Edited>) => void;
  notWritten: string | null | undefined;
}) {
  const look = useLook(draft, edited);
  const check = useCheck(draft, edited);
  return (
    <>
      <MappingSection look={look} model={edited.model} change={change} />
      {look.known && look.mapping && look.missing.length === 0 && (
        <>
          <CleanSection rules={edited.rules} report={check.report} change={change} />
          <SplitSection draft={draft} look={look.known} edited={edited} change={change} />
          <CheckSection edited={edited} check={check} change={change} />
          {check.report && (
            <ImportSection
              draft={draft}
              report={check.report}
              fresh={check.fresh}
              edited={edited}
              change={change}
              notWritten={notWritten}
            />
          )}
        </>
      )}
    </>
  );
}

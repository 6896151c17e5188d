import type { ImportDraft } from "../../../api";
import { jobHasEnded } from "../../../api/job";
import { CheckSection } from "./CheckSection";
import { CleanSection } from "./CleanSection";
import type { Edited } from "./edited";
import { FilesSection } from "./FilesSection";
import { ImportSection } from "./ImportSection";
import { MappingSection } from "./MappingSection";
import { SplitSection } from "./SplitSection";
import { useCheck } from "./useCheck";
import { useBeginning, useEdited } from "./useEdited";
import { useLook } from "./useLook";
import { useWriting } from "./useWriting";
import { Writing } from "./Writing";

/** A draft from what it was taken for to the data set that it becomes, one part under the other. */
export function DraftView({ draft }: { draft: ImportDraft }) {
  const writing = useWriting(draft);
  const beginning = useBeginning(draft);
  if (writing && !jobHasEnded(writing)) return <Writing job={writing} />;
  return (
    <div className="grid grid-cols-1 gap-8">
      <FilesSection draft={draft} />
      {beginning && draft.files.some(({ taken }) => taken) && (
        <Decisions draft={draft} beginning={beginning} notWritten={writing?.reason} />
      )}
    </div>
  );
}

function Decisions({
  draft,
  beginning,
  notWritten,
}: {
  draft: ImportDraft;
  beginning: Edited;
  notWritten: string | null | undefined;
}) {
  const { edited, change } = useEdited(draft.id, beginning);
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

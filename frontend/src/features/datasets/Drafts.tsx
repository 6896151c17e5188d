import { type ImportDraft, useListImportsQuery } from "../../api";
import { ButtonLink } from "../../ui/Button";
import { moment } from "../../ui/format";
import { Discard } from "./Discard";
import { filesInWords } from "./words";

/** What somebody began to bring in and left: to go on with, or to throw away. */
export function Drafts() {
  const { data } = useListImportsQuery(undefined, { refetchOnMountOrArgChange: true });
  if (!data || data.length === 0) return null;
  return (
    <section
      aria-label="Begun and not finished"
      className="rounded-lg border border-line bg-surface px-4 py-3"
    >
      <h2 className="font-semibold">Begun and not finished</h2>
      <ul>
        {data.map((draft) => (
          <Draft key={draft.id} draft={draft} />
        ))}
      </ul>
    </section>
  );
}

function Draft({ draft }: { draft: ImportDraft }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line py-2 last:border-b-0 last:pb-0">
      <p className="min-w-0 flex-1 basis-48 truncate">
        {draft.path ?? filesInWords(draft.files.map(({ name }) => name))}
        <span className="text-soft">, {moment(draft.created_at)}</span>
      </p>
      <span className="flex gap-2">
        <ButtonLink to={`/data/import/${draft.id}`} aria-label={`Go on with ${draft.suggested_name}`}>
          Go on
        </ButtonLink>
        <Discard draft={draft} words="Discard" label={`Discard ${draft.suggested_name}`} />
      </span>
    </li>
  );
}

import { useMemo, useState } from "react";
import { type Session, useListSessionsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { isAtRest } from "../../api/session";
import { Button, ButtonLink } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Faces";
import { Field } from "../../ui/Field";
import { plural } from "../../ui/format";
import { TextInput } from "../../ui/TextInput";
import { useWide } from "../../ui/useWide";
import { ChosenBar } from "./ChosenBar";
import { DeleteDialog } from "./DeleteDialog";
import { matching } from "./matching";
import { SessionCards, SessionTable } from "./SessionList";
import { useChosen } from "./useChosen";

const page = 100;
const worthSearching = 8;

export function SessionsPage() {
  const known = useListSessionsQuery();
  const live = known.data?.some((session) => !isAtRest(session)) ?? false;
  const { data, isError, error, refetch } = useListSessionsQuery(undefined, {
    refetchOnMountOrArgChange: true,
    pollingInterval: live ? 4000 : 0,
  });
  if (data) return data.length === 0 ? <NoSessions /> : <Sessions sessions={data} />;
  if (!isError) return <Loading label="Reading the sessions" />;
  return (
    <Failure
      title="The sessions could not be read"
      problem={asApiError(error)}
      onRetry={<Button onClick={() => refetch()}>Try again</Button>}
    />
  );
}

function NoSessions() {
  return (
    <Empty
      title="No sessions yet"
      action={
        <ButtonLink to="/setup" look="primary">
          Set up a run
        </ButtonLink>
      }
    >
      Every run is kept here with its settings, its losses and its log.
    </Empty>
  );
}

function Sessions({ sessions }: { sessions: Session[] }) {
  const [wanted, setWanted] = useState("");
  const [limit, setLimit] = useState(page);
  const [deleting, setDeleting] = useState<Session | null>(null);
  const choosing = useChosen();
  const wide = useWide();
  const found = useMemo(() => matching(sessions, wanted), [sessions, wanted]);
  const shown = found.slice(0, limit);
  const List = wide ? SessionTable : SessionCards;
  return (
    <div className="grid grid-cols-1 gap-5">
      {sessions.length > worthSearching && (
        <Field label="Find" className="max-w-sm">
          {(control) => (
            <TextInput
              {...control}
              type="search"
              placeholder="Adapter, model, data or state"
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
            />
          )}
        </Field>
      )}
      {(sessions.length > 1 || choosing.chosen.length > 0) && (
        <ChosenBar choosing={choosing} sessions={sessions} />
      )}
      {shown.length > 0 ? (
        <List sessions={shown} choosing={choosing} onDelete={setDeleting} />
      ) : (
        <p className="text-soft">No session has “{wanted}” in its names or state.</p>
      )}
      <p className="flex items-center gap-4 text-sm text-soft" role="status">
        {found.length > shown.length
          ? `${shown.length} of ${plural(found.length, "session")}`
          : plural(found.length, "session")}
        {found.length > shown.length && (
          <Button onClick={() => setLimit(limit + page)}>Show {page} more</Button>
        )}
      </p>
      <DeleteDialog session={deleting} onClose={() => setDeleting(null)} />
    </div>
  );
}

import { useParams } from "react-router";
import { useGetImportQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button, ButtonLink } from "../../../ui/Button";
import { Empty, Failure, Loading } from "../../../ui/Faces";
import { BringPage } from "./BringPage";
import { DraftView } from "./DraftView";

/** Bringing data in: without a draft where it comes from, with one what becomes of it. */
export function ImportPage() {
  const { draft } = useParams();
  return draft ? <DraftPage key={draft} draftId={draft} /> : <BringPage />;
}

function DraftPage({ draftId }: { draftId: string }) {
  const { currentData, isError, error, refetch } = useGetImportQuery(
    { draftId },
    { refetchOnMountOrArgChange: true },
  );
  const problem = isError ? asApiError(error) : null;
  if (problem?.status === 404) {
    return (
      <Empty
        title="This is no longer here"
        action={
          <ButtonLink to="/data" look="primary">
            All data sets
          </ButtonLink>
        }
      >
        It was imported already, or thrown away. What was imported stands among the data sets.
      </Empty>
    );
  }
  if (currentData) return <DraftView draft={currentData} />;
  if (!problem) return <Loading label="Reading what was brought" />;
  return (
    <Failure
      title="What was brought could not be read"
      problem={problem}
      onRetry={<Button onClick={() => refetch()}>Try again</Button>}
    />
  );
}

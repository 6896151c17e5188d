import { Navigate, useParams } from "react-router";
import { useGetSessionQuery, useGetTrainingStatusQuery, useListSessionsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { isAtRest } from "../../api/session";
import { Button, ButtonLink } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Faces";
import { RunView } from "./RunView";

export function TrainingPage() {
  const { id } = useParams();
  return id ? <OneRun key={id} id={id} /> : <LatestRun />;
}

/** Without a session in the address: the running one, else the latest. */
function LatestRun() {
  const status = useGetTrainingStatusQuery(undefined, { refetchOnMountOrArgChange: true });
  const sessions = useListSessionsQuery(undefined, { refetchOnMountOrArgChange: true });
  if (status.isFetching || sessions.isFetching) return <Loading />;
  const failed = [status, sessions].find(({ isError }) => isError);
  if (failed) {
    return (
      <Failure
        title="The sessions could not be read"
        problem={asApiError(failed.error)}
        onRetry={
          <Button onClick={() => [status, sessions].map(({ refetch }) => refetch())}>Try again</Button>
        }
      />
    );
  }
  const latest = sessions.data?.reduce(
    (a, b) => (b.created_at > a.created_at ? b : a),
    sessions.data[0] as never,
  );
  const shown = status.data?.running ?? latest;
  if (shown) return <Navigate to={`/training/${shown.id}`} replace />;
  return (
    <Empty
      title="Nothing has been trained yet"
      action={
        <ButtonLink to="/setup" look="primary">
          Set up a run
        </ButtonLink>
      }
    >
      The loss of a run is drawn here while it trains, and stays here afterwards.
    </Empty>
  );
}

/** A run at rest is asked for too: another tab or a script may let it go on. */
function OneRun({ id }: { id: string }) {
  const known = useGetSessionQuery({ sessionId: id });
  const live = known.data ? !isAtRest(known.data) : false;
  const { data, error, isError, refetch } = useGetSessionQuery(
    { sessionId: id },
    { pollingInterval: live ? 2000 : 4000 },
  );
  if (data) return <RunView session={data} />;
  if (!isError) return <Loading />;
  const problem = asApiError(error);
  if (problem.status === 404) {
    return (
      <Empty title="There is no such session" action={<ButtonLink to="/sessions">All sessions</ButtonLink>}>
        {problem.detail}
      </Empty>
    );
  }
  return (
    <Failure
      title="The session could not be read"
      problem={problem}
      onRetry={<Button onClick={() => refetch()}>Try again</Button>}
    />
  );
}

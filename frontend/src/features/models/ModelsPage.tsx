import { useSearchParams } from "react-router";
import { useListModelsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { Button, ButtonLink } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Faces";
import { readWay } from "./get/address";
import { GetModel } from "./get/GetModel";
import { Library } from "./Library";
import { useModelJobs } from "./useModelJobs";
import { WorkRows } from "./WorkRows";

/** The base models of this machine; with `?get=` the ways to get another. */
export function ModelsPage() {
  const [search] = useSearchParams();
  const way = readWay(search);
  return way ? <GetModel way={way} /> : <Models />;
}

function Models() {
  const { data, isError, error, refetch } = useListModelsQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  const jobs = useModelJobs();
  if (!data) {
    if (!isError) return <Loading label="Reading the models" />;
    return (
      <Failure
        title="The models could not be read"
        problem={asApiError(error)}
        onRetry={<Button onClick={() => refetch()}>Try again</Button>}
      />
    );
  }
  return (
    <div className="grid grid-cols-1 gap-8">
      <WorkRows jobs={jobs} />
      {data.length > 0 ? <Library models={data} /> : jobs.length === 0 && <NoModels />}
    </div>
  );
}

function NoModels() {
  return (
    <Empty
      title="No models yet"
      action={
        <ButtonLink to="/models?get=hub" look="primary">
          Get a model
        </ButtonLink>
      }
    >
      Every base model stands here with its size, its licence and whether this machine can run and train it.
    </Empty>
  );
}

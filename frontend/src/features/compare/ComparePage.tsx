import { useListAdaptersQuery, useListDatasetsQuery, useListModelsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { Button, ButtonLink } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Faces";
import { CompareView } from "./CompareView";

export function ComparePage() {
  const models = useListModelsQuery();
  const adapters = useListAdaptersQuery();
  const datasets = useListDatasetsQuery();
  const lists = [models, adapters, datasets];

  const failed = lists.find(({ isError, data }) => isError && !data);
  if (failed) {
    return (
      <Failure
        title="Models and adapters could not be listed"
        problem={asApiError(failed.error)}
        onRetry={<Button onClick={() => lists.map(({ refetch }) => refetch())}>Try again</Button>}
      />
    );
  }
  if (!models.data || !adapters.data || !datasets.data) return <Loading label="Looking for adapters" />;
  if (adapters.data.length === 0) {
    return (
      <Empty
        title="No adapter to compare yet"
        action={
          <ButtonLink to="/setup" look="primary">
            Set up a run
          </ButtonLink>
        }
      >
        Train an adapter, and its answers will stand here beside those of its base model.
      </Empty>
    );
  }
  const libraries = { models: models.data, adapters: adapters.data, datasets: datasets.data };
  return <CompareView libraries={libraries} />;
}

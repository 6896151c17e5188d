import { useListAdaptersQuery, useListDatasetsQuery, useListModelsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { Failure, Loading } from "../../ui/Faces";
import { HeldOutView } from "./HeldOutView";

/** Held-out numbers: losses of base and adapters on rows that nothing was trained on, and on a general text. */
export function HeldOutPage() {
  const models = useListModelsQuery();
  const adapters = useListAdaptersQuery();
  const datasets = useListDatasetsQuery();
  const lists = [models, adapters, datasets];
  const failed = lists.find(({ isError, data }) => isError && !data);
  if (failed) {
    return (
      <Failure
        title="Models, adapters and data could not be listed"
        problem={asApiError(failed.error)}
        onRetry={<Button onClick={() => lists.map(({ refetch }) => refetch())}>Try again</Button>}
      />
    );
  }
  if (!models.data || !adapters.data || !datasets.data) return <Loading label="Reading the libraries" />;
  return (
    <HeldOutView libraries={{ models: models.data, adapters: adapters.data, datasets: datasets.data }} />
  );
}

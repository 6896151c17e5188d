/** The models, adapters and data sets there are, read together. */

import { type ApiError, asApiError } from "./base";
import {
  type Adapter,
  type Dataset,
  type Model,
  useListAdaptersQuery,
  useListDatasetsQuery,
  useListModelsQuery,
} from "./index";

export interface Libraries {
  models: Model[];
  adapters: Adapter[];
  datasets: Dataset[];
}

/** `libraries` is null until all are there, `problem` says why one cannot be. */
export function useLibraries(): { libraries: Libraries | null; problem: ApiError | null; retry: () => void } {
  const models = useListModelsQuery();
  const adapters = useListAdaptersQuery();
  const datasets = useListDatasetsQuery();
  const lists = [models, adapters, datasets];
  const failed = lists.find(({ isError, data }) => isError && !data);
  return {
    libraries:
      models.data && adapters.data && datasets.data
        ? { models: models.data, adapters: adapters.data, datasets: datasets.data }
        : null,
    problem: failed ? asApiError(failed.error) : null,
    retry: () => {
      for (const { refetch } of lists) void refetch();
    },
  };
}

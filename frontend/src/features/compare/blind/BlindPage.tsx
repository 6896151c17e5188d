import { useListAdaptersQuery, useListDatasetsQuery, useListModelsQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button, ButtonLink } from "../../../ui/Button";
import { Empty, Failure, Loading } from "../../../ui/Faces";
import { complete } from "../columns";
import { BlindView } from "./BlindView";
import { useAddress } from "./useAddress";
import { useRounds } from "./useRounds";

/** Base and adapters answer without their names, and somebody says which is better. */
export function BlindPage() {
  const rounds = useRounds();
  const { comparison, change } = useAddress(["answering", "judging"].includes(rounds.stage.at));
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
        title="No adapter to judge yet"
        action={
          <ButtonLink to="/setup" look="primary">
            Set up a run
          </ButtonLink>
        }
      >
        Train an adapter, and judge here without knowing which answer is its own.
      </Empty>
    );
  }
  return (
    <BlindView
      rounds={rounds}
      comparison={complete(comparison, models.data, adapters.data)}
      models={models.data}
      adapters={adapters.data}
      datasets={datasets.data}
      onChange={change}
    />
  );
}

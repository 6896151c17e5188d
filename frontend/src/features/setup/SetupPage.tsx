import { useSearchParams } from "react-router";
import { type SessionDetail, useGetSessionQuery, useListDatasetsQuery, useListModelsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { Failure, Loading } from "../../ui/Faces";
import { loadDraft } from "./draft";
import { defaults, type FormValues, fromConfig } from "./form";
import { SetupForm } from "./SetupForm";
import { choose, firstChoice } from "./suggestions";

/** `?from=<session>` fills the form with the settings of that run. */
export function SetupPage() {
  const [search] = useSearchParams();
  const from = search.get("from");
  const models = useListModelsQuery();
  const datasets = useListDatasetsQuery();
  const earlier = useGetSessionQuery({ sessionId: from ?? "" }, { skip: from === null });

  const failed = [models, datasets, earlier].find(({ isError, data }) => isError && !data);
  if (failed) {
    const retry = () => [models, datasets, ...(from ? [earlier] : [])].map(({ refetch }) => refetch());
    return (
      <Failure
        title="Models and data could not be listed"
        problem={asApiError(failed.error)}
        onRetry={<Button onClick={retry}>Try again</Button>}
      />
    );
  }
  if (!models.data || !datasets.data || (from !== null && !earlier.data))
    return <Loading label="Looking for models and data" />;

  const initial = (): FormValues => {
    if (earlier.data && from) return fromConfig(namesFirst(earlier.data));
    const draft = loadDraft();
    if (draft) return draft;
    const { model, data } = firstChoice(models.data ?? [], datasets.data ?? []);
    return choose(defaults(), { model_path: model, train_data_path: data }, datasets.data);
  };
  return <SetupForm key={from} initial={initial} models={models.data} datasets={datasets.data} />;
}

function namesFirst(session: SessionDetail) {
  return { ...session.config, adapter_name: session.adapter_name };
}

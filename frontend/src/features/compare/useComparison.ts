import { useSearchParams } from "react-router";
import { type Adapter, type Dataset, type Model, useGetSessionQuery } from "../../api";
import { type AdapterFile, writePick } from "../../api/picks";
import { type Comparison, readComparison, writeComparison } from "./address";
import { type ColumnPlan, type Completed, complete, planColumns } from "./columns";
import type { Settings } from "./settings";

/** What there is to compare with. */
export interface Libraries {
  models: Model[];
  adapters: Adapter[];
  datasets: Dataset[];
}

/** What the address says, completed from the libraries, and the ways to change it. */
export function useComparison({ models, adapters, datasets }: Libraries) {
  const [search, setSearch] = useSearchParams();
  const comparison = complete(readComparison(search), models, adapters);
  const plans = planColumns(comparison, models, adapters);
  const change = (changes: Partial<Comparison>) =>
    setSearch(writeComparison({ ...comparison, ...changes }), { replace: true });
  return {
    comparison,
    plans,
    dataset: useDataset(comparison, adapters, datasets),
    change,
    changeSettings: (changes: Partial<Settings>) =>
      change({ settings: { ...comparison.settings, ...changes } }),
    chooseFile: (plan: ColumnPlan, file: AdapterFile) =>
      change({ picks: comparison.picks.map((pick) => (pick === plan.pick ? { ...pick, file } : pick)) }),
    remove: ({ pick }: ColumnPlan) =>
      change(
        pick
          ? { picks: comparison.picks.filter((each) => writePick(each) !== writePick(pick)) }
          : { withBase: false },
      ),
  };
}

/** The data set that is named, else the one that the first adapter was trained on. */
export function useDataset({ data, picks }: Completed, adapters: Adapter[], datasets: Dataset[]) {
  const first = adapters.find(({ name }) => name === picks[0]?.adapter);
  const sessionId = first?.session_id ?? "";
  const trainedOn = useGetSessionQuery({ sessionId }, { skip: !sessionId }).currentData?.data_name;
  const known = datasets.find(({ name }) => name === (data || trainedOn));
  return known ?? datasets.find(({ problem }) => !problem);
}

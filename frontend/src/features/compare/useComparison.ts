import { useSearchParams } from "react-router";
import { type Adapter, type Dataset, useGetSessionQuery } from "../../api";
import type { Libraries } from "../../api/libraries";
import { type AdapterFile, writePick } from "../../api/picks";
import type { Comparison } from "./address";
import { type ColumnPlan, type Completed, complete, planColumns } from "./columns";
import type { Settings } from "./settings";
import { useSaid } from "./useSaid";

/** What is said to be compared, completed from the libraries, and the ways to change it. */
export function useComparison({ models, adapters, datasets }: Libraries) {
  const [search] = useSearchParams();
  const { said, change: changeSaid } = useSaid(search);
  const comparison = complete(said, models, adapters);
  const plans = planColumns(comparison, models, adapters);
  const change = (changes: Partial<Comparison>) => changeSaid({ ...comparison, ...changes });
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

/** The data set that is named, else the one that the first adapter was trained on; undefined until that is known. */
export function useDataset({ data, picks }: Completed, adapters: Adapter[], datasets: Dataset[]) {
  const first = adapters.find(({ name }) => name === picks[0]?.adapter);
  const sessionId = first?.session_id ?? "";
  const session = useGetSessionQuery({ sessionId }, { skip: !sessionId || data !== "" });
  const known = datasets.find(({ name }) => name === (data || session.currentData?.data_name));
  if (!known && session.isLoading) return undefined;
  return known ?? datasets.find(({ problem }) => !problem);
}

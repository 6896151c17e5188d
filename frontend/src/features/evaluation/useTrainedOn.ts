import { type Adapter, useGetSessionQuery } from "../../api";
import type { Pick } from "../../api/picks";

/** The data set that the first of the adapters was trained on: null where nobody knows, undefined until it is. */
export function useTrainedOn(picks: Pick[], adapters: Adapter[]): string | null | undefined {
  const sessionId = adapters.find(({ name }) => name === picks[0]?.adapter)?.session_id ?? "";
  const { currentData, isFetching } = useGetSessionQuery({ sessionId }, { skip: !sessionId });
  if (currentData) return currentData.data_name;
  return isFetching ? undefined : null;
}

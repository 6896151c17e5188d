import { type Conversion, useListConversionsQuery } from "../../../api";
import { jobHasEnded } from "../../../api/job";
import { useRefreshed } from "../useRefreshed";

const pollMilliseconds = 1000;

/** What was made of a model, or is being made, the newest first; and what it was made of itself. */
export function useConversions(modelName: string): { made: Conversion[]; origin: Conversion | undefined } {
  const known = useListConversionsQuery();
  const live = known.data?.some(({ job }) => !jobHasEnded(job)) ?? false;
  const { data } = useListConversionsQuery(undefined, {
    refetchOnMountOrArgChange: true,
    pollingInterval: live ? pollMilliseconds : 0,
  });
  useRefreshed(data?.filter(({ job }) => jobHasEnded(job)).length);
  return {
    made: data?.filter(({ request }) => request.model_name === modelName) ?? [],
    origin: data?.find(({ request, result }) => result && (result.name ?? request.name) === modelName),
  };
}

import { api, useApiDispatch, useGetEvaluationQuery } from "../../api";
import { applyJobEvent, jobHasEnded } from "../../api/job";
import { useAskedWhile, useJobEvents } from "../../api/useJob";

/** An evaluation that goes on as its events arrive. */
export function useFollowed(evaluationId: string) {
  const dispatch = useApiDispatch();
  const query = useGetEvaluationQuery({ evaluationId }, { refetchOnMountOrArgChange: true });
  const job = query.currentData?.job;
  const live = job !== undefined && !jobHasEnded(job);
  useAskedWhile(job?.state === "queued", query.refetch);

  useJobEvents(live ? evaluationId : null, (event) => {
    dispatch(
      api.util.updateQueryData("getEvaluation", { evaluationId }, (known) => applyJobEvent(known.job, event)),
    );
    if (event.type === "finished") dispatch(api.util.invalidateTags(["evaluations"]));
  });

  return query;
}

import { useEffect } from "react";
import { api, type JobEvent, useApiDispatch, useGetEvaluationQuery } from "../../api";
import { applyJobEvent, jobHasEnded } from "../../api/job";

const pauseMilliseconds = 2000;

/** An evaluation that goes on as its events arrive; a lost connection continues behind the last one. */
export function useFollowed(evaluationId: string) {
  const dispatch = useApiDispatch();
  const query = useGetEvaluationQuery({ evaluationId }, { refetchOnMountOrArgChange: true });
  const job = query.currentData?.job;
  const live = job !== undefined && !jobHasEnded(job);
  // What a waiting job waits for is no event of its own.
  const waiting = job?.state === "queued";
  const { refetch } = query;

  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(refetch, pauseMilliseconds);
    return () => clearInterval(timer);
  }, [waiting, refetch]);

  useEffect(() => {
    if (!live) return;
    let socket: WebSocket | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastSeq = 0;
    const follow = () => {
      const place = `/api/jobs/${encodeURIComponent(evaluationId)}/events?after=${lastSeq}`;
      socket = new WebSocket(location.origin.replace(/^http/, "ws") + place);
      socket.onmessage = ({ data }) => {
        const event = JSON.parse(data) as JobEvent;
        lastSeq = event.seq;
        dispatch(
          api.util.updateQueryData("getEvaluation", { evaluationId }, (known) =>
            applyJobEvent(known.job, event),
          ),
        );
        if (event.type === "finished") dispatch(api.util.invalidateTags(["evaluations"]));
      };
      socket.onclose = () => {
        timer = setTimeout(follow, pauseMilliseconds);
      };
    };
    follow();
    return () => {
      clearTimeout(timer);
      if (socket) socket.onclose = null;
      socket?.close();
    };
  }, [live, evaluationId, dispatch]);

  return query;
}

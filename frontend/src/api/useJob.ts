import { useEffect, useEffectEvent } from "react";
import { api, type JobEvent, useApiDispatch, useGetJobQuery } from "./index";
import { applyJobEvent, jobHasEnded } from "./job";

const pauseMilliseconds = 2000;

/** A job that goes on as its events arrive; `onEnd` hears of an end that came while it was watched. */
export function useJob(jobId: string | null, onEnd?: () => void) {
  const dispatch = useApiDispatch();
  const query = useGetJobQuery(
    { jobId: jobId ?? "" },
    { skip: jobId === null, refetchOnMountOrArgChange: true },
  );
  const job = jobId === null ? undefined : query.currentData;
  useAskedWhile(job?.state === "queued", query.refetch);
  useJobEvents(job && !jobHasEnded(job) ? jobId : null, (event) => {
    if (jobId === null) return;
    dispatch(api.util.updateQueryData("getJob", { jobId }, (known) => applyJobEvent(known, event)));
    if (event.type === "finished") onEnd?.();
  });

  return { ...query, job };
}

/** The events of a job from its first, as they arrive; a lost connection continues behind the last one. */
export function useJobEvents(jobId: string | null, onEvent: (event: JobEvent) => void) {
  const take = useEffectEvent(onEvent);
  useEffect(() => {
    if (jobId === null) return;
    let socket: WebSocket | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastSeq = 0;
    const follow = () => {
      const place = `/api/jobs/${encodeURIComponent(jobId)}/events?after=${lastSeq}`;
      socket = new WebSocket(location.origin.replace(/^http/, "ws") + place);
      socket.onmessage = ({ data }) => {
        const event = JSON.parse(data) as JobEvent;
        lastSeq = event.seq;
        take(event);
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
  }, [jobId]);
}

/** Asks again every while: what a waiting job waits for is no event of its own. */
export function useAskedWhile(waiting: boolean, refetch: () => unknown) {
  const ask = useEffectEvent(refetch);
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => ask(), pauseMilliseconds);
    return () => clearInterval(timer);
  }, [waiting]);
}

import { useEffect, useRef } from "react";
import { api, type Job, useApiDispatch, useListJobsQuery } from "../../api";
import { jobHasEnded } from "../../api/job";

const pollMilliseconds = 1000;
const kinds = new Set(["download", "conversion"]);

/**
 * Downloads and conversions that wait, go on, are paused or failed, the newest first. Those that went well are models by
 * now, so the libraries are asked anew when one ends.
 */
export function useModelJobs(): Job[] {
  const known = useListJobsQuery({});
  const live = jobsIn(known.data).some(({ state }) => state === "queued" || state === "running");
  const { data } = useListJobsQuery(
    {},
    { refetchOnMountOrArgChange: true, pollingInterval: live ? pollMilliseconds : 0 },
  );
  const jobs = jobsIn(data);
  useRefreshed(jobs.filter(jobHasEnded).length);
  return jobs.filter(({ state }) => state !== "completed" && state !== "cancelled");
}

function jobsIn(jobs: Job[] | undefined): Job[] {
  return (jobs ?? []).filter(({ kind }) => kinds.has(kind));
}

function useRefreshed(ended: number) {
  const dispatch = useApiDispatch();
  const before = useRef(ended);
  useEffect(() => {
    if (ended > before.current) dispatch(api.util.invalidateTags(["models", "hub", "conversions"]));
    before.current = ended;
  }, [ended, dispatch]);
}

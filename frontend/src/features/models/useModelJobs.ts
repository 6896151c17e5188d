import { type Job, useListJobsQuery } from "../../api";
import { jobHasEnded } from "../../api/job";
import { useRefreshed } from "./useRefreshed";

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
  useRefreshed(data && jobs.filter(jobHasEnded).length);
  return jobs.filter(({ state }) => state !== "completed" && state !== "cancelled");
}

function jobsIn(jobs: Job[] | undefined): Job[] {
  return (jobs ?? []).filter(({ kind }) => kinds.has(kind));
}

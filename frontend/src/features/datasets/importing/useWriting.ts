import { useEffect } from "react";
import { useNavigate } from "react-router";
import { api, type ImportDraft, useApiDispatch } from "../../../api";
import { useJob } from "../../../api/useJob";
import { forgetEdited } from "../kept";

/** The last job that writes a draft, if any; once it is done the page leads to what it made. */
export function useWriting({ id, write_job }: ImportDraft) {
  const navigate = useNavigate();
  const dispatch = useApiDispatch();
  const { job } = useJob(write_job);
  const name = job?.state === "completed" ? String(job.settings.write?.name ?? "") : null;
  useEffect(() => {
    if (name === null) return;
    forgetEdited(id);
    dispatch(api.util.invalidateTags(["datasets", "tokens"]));
    navigate(name ? `/data/${encodeURIComponent(name)}` : "/data", { replace: true });
  }, [name, id, dispatch, navigate]);
  return job;
}

import {
  api,
  type ImportDraft,
  type ImportReport,
  type Job,
  useApiDispatch,
  useCheckImportMutation,
  useGetImportReportQuery,
} from "../../../api";
import { type ApiError, asApiError } from "../../../api/base";
import { jobHasEnded } from "../../../api/job";
import { useJob } from "../../../api/useJob";
import { type Edited, planOf, readsAlike } from "./edited";

export interface Check {
  /** while it goes */
  job: Job | null;
  /** why the last check came to nothing */
  failed: string | null;
  report: ImportReport | null;
  /** whether the report is of what is chosen now */
  fresh: boolean;
  /** why no check could be begun */
  problem: ApiError | null;
  /** null while something cannot be read */
  begin: (() => void) | null;
}

/** The check of every row: begun, followed, and its report. */
export function useCheck(draft: ImportDraft, edited: Edited): Check {
  const dispatch = useApiDispatch();
  const [check, { isLoading, error }] = useCheckImportMutation();
  const { job } = useJob(draft.check_job, () => dispatch(api.util.invalidateTags(["imports"])));
  const done = job?.state === "completed";
  const { currentData: report = null } = useGetImportReportQuery({ draftId: draft.id }, { skip: !done });
  const plan = planOf(edited);
  const running = job && !jobHasEnded(job) ? job : null;
  return {
    job: running,
    failed: job?.state === "failed" || job?.state === "cancelled" ? job.reason : null,
    report: done ? report : null,
    fresh: report !== null && plan !== null && readsAlike(report.plan, plan),
    problem: error ? asApiError(error) : null,
    begin:
      plan === null || isLoading || running
        ? null
        : () => void check({ draftId: draft.id, importPlan: plan }),
  };
}

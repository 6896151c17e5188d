import type { Evaluation } from "../../api";
import { shownJobState } from "../../api/job";
import { cx } from "../../ui/cx";
import { moment, plural } from "../../ui/format";
import { StateLabel } from "../../ui/StateLabel";
import { splitNames } from "./words";

/** Waiting, running and ended evaluations, the newest first. */
export function Earlier({
  evaluations,
  shown,
  onShow,
}: {
  evaluations: Evaluation[];
  shown: string | undefined;
  onShow: (id: string) => void;
}) {
  return (
    <section aria-labelledby="earlier" className="border-t border-line pt-5">
      <h2 id="earlier" className="mb-2 text-lg font-semibold">
        Evaluations
      </h2>
      <ul className="-mx-2 grid max-h-96 grid-cols-1 overflow-y-auto">
        {evaluations.map(({ job, request, weights }) => (
          <li key={job.id}>
            <button
              type="button"
              aria-current={job.id === shown || undefined}
              onClick={() => onShow(job.id)}
              className={cx(
                "grid w-full grid-cols-[minmax(0,1fr)_auto] gap-x-3 rounded-md px-2 py-1.5 text-left hover:bg-hover",
                job.id === shown && "bg-accent-ground",
              )}
            >
              <span className="truncate">
                {request.model_name} on {request.data}
              </span>
              <span className="text-sm text-soft">{moment(job.created_at)}</span>
              <span className="truncate text-sm text-soft">
                {plural(weights.length - 1, "adapter")}, {splitNames[request.split ?? "test"]}
                {request.limit ? `, ${plural(request.limit, "row")}` : ""}
              </span>
              <span className="text-sm">
                <StateLabel state={shownJobState(job)} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

import { Link } from "react-router";
import { type Conversion, useDeleteJobMutation } from "../../../api";
import { jobHasEnded, shownJobState } from "../../../api/job";
import { moment } from "../../../ui/format";
import { StateLabel } from "../../../ui/StateLabel";
import { WorkRow } from "../WorkRow";
import { modelAddress } from "../words";
import { CostView } from "./CostView";
import { called } from "./recipe";

/** What was made of a model, the newest first; what is being made shows how far it is. */
export function ConversionList({ conversions }: { conversions: Conversion[] }) {
  if (conversions.length === 0) {
    return (
      <p className="text-soft">
        Nothing was made of this model yet. When something is, what it cost stands here: perplexity before and
        after, on the same text.
      </p>
    );
  }
  return (
    <ul aria-label="Conversions of this model" className="grid grid-cols-1 content-start gap-8">
      {conversions.map((conversion) =>
        jobHasEnded(conversion.job) && conversion.job.state !== "failed" ? (
          <Ended key={conversion.job.id} conversion={conversion} />
        ) : (
          <WorkRow key={conversion.job.id} job={conversion.job} />
        ),
      )}
    </ul>
  );
}

function Ended({ conversion: { job, request, result } }: { conversion: Conversion }) {
  const [discard] = useDeleteJobMutation();
  return (
    <li aria-label={job.title} className="grid min-w-0 grid-cols-1 gap-2">
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <h3 className="min-w-0 font-medium [overflow-wrap:anywhere]">
          {result ? (
            <Link to={modelAddress(result.name ?? request.name)} className="hover:underline">
              {result.name ?? request.name}
            </Link>
          ) : (
            request.name
          )}
        </h3>
        <span className="flex items-baseline gap-3 text-sm text-soft">
          {called(request)}, {moment(job.created_at)}
        </span>
      </div>
      {result ? (
        <CostView result={result} />
      ) : (
        <p className="flex flex-wrap items-center gap-x-4 text-sm">
          <StateLabel state={shownJobState(job)} />
          <button
            type="button"
            className="text-soft hover:text-ink hover:underline"
            onClick={() => discard({ jobId: job.id })}
          >
            Take it off the list
          </button>
        </p>
      )}
    </li>
  );
}

import type { AdapterDetails, InferenceResponse } from "../../api";
import { NoteIcon } from "../../ui/Field";
import { Num } from "../../ui/Num";
import { weightsRows } from "./weightsRows";

/** Which weights answered, row by row; the whole of a hash on hover and on copy. */
export function Details({
  details,
  answer = null,
}: {
  details: AdapterDetails;
  /** for how much of the prompt was computed before */
  answer?: InferenceResponse | null;
}) {
  return (
    <dl className="mt-2 text-sm" aria-label="Details">
      {weightsRows(details, answer).map(({ name, value, full, help }) => (
        <div key={name} className="flex flex-wrap justify-between gap-x-3 border-b border-line py-1">
          <dt className="shrink-0 text-soft">{name}</dt>
          <dd className="min-w-0 flex-1 text-right [overflow-wrap:anywhere]">
            <Num short={value} full={full ?? value} />
          </dd>
          {help && <dd className="basis-full text-xs text-soft [overflow-wrap:anywhere]">{help}</dd>}
        </div>
      ))}
    </dl>
  );
}

/** What is doubtful about the weights. */
export function Warnings({ details }: { details: AdapterDetails }) {
  return details.warnings.map((warning) => (
    <p key={warning} className="mt-1 flex gap-1.5 text-sm text-warn">
      <NoteIcon bad={false} />
      <span className="min-w-0 [overflow-wrap:anywhere]">{warning}</span>
    </p>
  ));
}

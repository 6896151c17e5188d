import { useMemo } from "react";
import type { AdapterFile } from "../../../api/picks";
import { figure, percent } from "../../../ui/format";
import { useWide } from "../../../ui/useWide";
import { Answer } from "../Answer";
import { ColumnHead } from "../ColumnHead";
import { type ColumnState, isOpen } from "../columnStates";
import type { ColumnPlan } from "../columns";
import { differences } from "../differences";
import type { BatchRow } from "./useBatch";

interface PromptTableProps {
  rows: BatchRow[];
  plans: ColumnPlan[];
  waitingFor: string;
  /** whether words that differ from the reference are marked */
  marked: boolean;
  onFile: (plan: ColumnPlan, file: AdapterFile) => void;
  onRemove: (plan: ColumnPlan) => void;
}

/** Prompts by columns, the reference beside them; on a phone one prompt under the other. */
export function PromptTable(props: PromptTableProps) {
  return useWide() ? <Table {...props} /> : <Cards {...props} />;
}

function Table({ rows, plans, waitingFor, marked, onFile, onRemove }: PromptTableProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a region that scrolls sideways, reached by keyboard
    <div
      className="relative overflow-x-auto rounded-lg border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label="Prompts and answers"
    >
      <table className="w-full border-collapse text-left align-top">
        <thead>
          <tr className="border-b border-line align-top">
            <th scope="col" className="sticky left-0 z-10 min-w-40 bg-surface px-3 pt-3 font-semibold">
              Prompt
            </th>
            <th scope="col" className="min-w-40 px-3 pt-3 font-semibold">
              Reference
            </th>
            {plans.map((plan) => (
              <th
                key={plan.key}
                scope="col"
                className="min-w-52 border-t-2 border-l border-line p-0 font-normal"
                style={{ borderTopColor: plan.colour }}
              >
                <ColumnHead
                  plan={plan}
                  onFile={(file) => onFile(plan, file)}
                  onRemove={plans.length > 1 ? () => onRemove(plan) : null}
                />
                <Agreement rows={rows} columnKey={plan.key} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a split stand still
            <tr key={index} className="border-b border-line align-top last:border-b-0">
              <th
                scope="row"
                className="sticky left-0 z-10 bg-surface px-3 py-3 font-normal whitespace-pre-wrap [overflow-wrap:anywhere]"
              >
                {row.prompt}
              </th>
              <td className="px-3 py-3 whitespace-pre-wrap text-soft [overflow-wrap:anywhere]">
                {row.reference ?? "none"}
              </td>
              {plans.map((plan) => (
                <td key={plan.key} className="border-l border-line px-3 py-3">
                  <Cell row={row} plan={plan} waitingFor={waitingFor} marked={marked} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cards({ rows, plans, waitingFor, marked, onFile, onRemove }: PromptTableProps) {
  return (
    <>
      <ul className="mb-4 grid gap-2">
        {plans.map((plan) => (
          <li key={plan.key} className="rounded-lg border border-line bg-surface">
            <ColumnHead
              plan={plan}
              onFile={(file) => onFile(plan, file)}
              onRemove={plans.length > 1 ? () => onRemove(plan) : null}
            />
            <Agreement rows={rows} columnKey={plan.key} />
          </li>
        ))}
      </ul>
      <ol className="grid grid-cols-1 gap-4">
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a split stand still
          <li key={index} className="min-w-0 rounded-lg border border-line bg-surface p-3">
            <p className="font-medium whitespace-pre-wrap [overflow-wrap:anywhere]">{row.prompt}</p>
            <p className="mt-1 text-sm whitespace-pre-wrap text-soft [overflow-wrap:anywhere]">
              Reference: {row.reference ?? "none"}
            </p>
            {plans.map((plan) => (
              <div key={plan.key} className="mt-3 border-l-2 pl-3" style={{ borderColor: plan.colour }}>
                <p className="text-sm text-soft">
                  {plan.name}, {plan.weights}
                </p>
                <Cell row={row} plan={plan} waitingFor={waitingFor} marked={marked} />
              </div>
            ))}
          </li>
        ))}
      </ol>
    </>
  );
}

function Cell({
  row,
  plan,
  waitingFor,
  marked,
}: {
  row: BatchRow;
  plan: ColumnPlan;
  waitingFor: string;
  marked: boolean;
}) {
  const state = row.answers?.get(plan.key);
  const whole = state?.status === "finished" ? state.text : null;
  const { reference } = row;
  const marks = useMemo(
    () =>
      marked && whole !== null && reference !== null ? (differences(reference, whole) ?? "too long") : null,
    [marked, whole, reference],
  );
  if (!state) return <p className="text-soft">{plan.problem ?? "Not asked yet."}</p>;
  return (
    <div aria-busy={isOpen(state)}>
      <Answer state={state} waitingFor={waitingFor} marks={marks} />
      {state.answer && (
        <p className="mono mt-1 text-xs text-soft">
          {[
            state.answer.tokens_per_second !== null && `${figure(state.answer.tokens_per_second)} tok/s`,
            state.answer.finish_reason === "length" && "cut off",
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      )}
    </div>
  );
}

/** How near a column comes to the reference, over the prompts answered. */
function Agreement({ rows, columnKey }: { rows: BatchRow[]; columnKey: string }) {
  const share = useMemo(() => meanShare(rows, columnKey), [rows, columnKey]);
  if (share === null) return null;
  return (
    <p className="px-3 py-1.5 text-sm text-soft">
      <span className="mono">{percent(Math.round(share * 1000) / 10)}</span> of the words as in the reference
    </p>
  );
}

function meanShare(rows: BatchRow[], key: string): number | null {
  const shares = rows.flatMap(({ reference, answers }) => {
    const state: ColumnState | undefined = answers?.get(key);
    if (state?.status !== "finished" || reference === null) return [];
    return differences(reference, state.text)?.equalShare ?? [];
  });
  return shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

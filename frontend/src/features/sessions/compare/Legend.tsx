import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { shownState } from "../../../api/session";
import { type AxisKind, axisKinds } from "../../../charts/axes";
import { endOf, type OverlayRun, valueAt } from "../../../charts/overlay";
import { IconButton } from "../../../ui/Button";
import { figure, whole } from "../../../ui/format";
import { Num } from "../../../ui/Num";
import { StateLabel } from "../../../ui/StateLabel";
import type { Compared } from "./compared";
import { unknown } from "./rows";
import type { Asked } from "./useSessionDetails";

export interface LegendEntry extends Asked {
  id: string;
  number: number;
  run: Compared | null;
  overlay: OverlayRun | null;
}

interface LegendProps {
  entries: LegendEntry[];
  by: AxisKind;
  /** the place under the pointer; null shows the latest losses */
  at: number | null;
  smoothed: boolean;
  onPick: (number: number | null) => void;
  onRemove: (id: string) => void;
}

/** Which line is whose, how each run stands, and what it had lost at the place under the pointer. */
export function Legend({ entries, by, at, smoothed, onPick, onRemove }: LegendProps) {
  return (
    <section aria-label="Runs" className="min-w-0">
      <table className="w-full border-collapse max-wide:block">
        <thead className="text-left text-sm text-soft max-wide:sr-only">
          <tr className="border-b border-line [&>th]:py-1.5 [&>th]:pr-4 [&>th]:font-normal">
            <th className="whitespace-nowrap">
              Run · <span className="mono">{at === null ? "latest losses" : axisKinds[by].at(at)}</span>
            </th>
            <th className="w-36">State</th>
            <th className="w-36 text-right">Train{smoothed && ", smoothed"}</th>
            <th className="w-28 text-right">Validation</th>
            <th className="w-40 text-right">Best validation</th>
            <th className="w-9">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody className="max-wide:block">
          {entries.map((entry) => (
            <tr
              key={entry.id}
              onPointerEnter={() => onPick(entry.number)}
              onPointerLeave={() => onPick(null)}
              onFocus={() => onPick(entry.number)}
              onBlur={() => onPick(null)}
              className="border-b border-line hover:bg-hover max-wide:flex max-wide:flex-wrap max-wide:items-center max-wide:gap-x-3 max-wide:gap-y-1 max-wide:py-2 max-wide:[&>td]:order-2 wide:[&>td]:py-1.5 wide:[&>td]:pr-4"
            >
              <td className="min-w-0 max-wide:order-none! max-wide:flex-1 max-wide:basis-3/4 wide:max-w-0">
                <Name entry={entry} />
              </td>
              {entry.run ? (
                <Standing run={entry.run} overlay={entry.overlay} at={at} />
              ) : (
                <td colSpan={4} className="text-sm text-soft max-wide:basis-full">
                  {entry.problem ? (
                    <span className="text-bad">{entry.problem.detail}</span>
                  ) : (
                    <span>Reading …</span>
                  )}
                </td>
              )}
              <td className="text-right max-wide:order-1!">
                <IconButton label={`Leave out ${nameOf(entry)}`} onClick={() => onRemove(entry.id)}>
                  <X aria-hidden />
                </IconButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function nameOf({ session, id, number }: LegendEntry): string {
  return `run ${number}, ${session?.adapter_name ?? id}`;
}

function Name({ entry: { session, run, id, number } }: { entry: LegendEntry }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span
        className="mono inline-flex min-w-5 justify-center rounded border px-1 text-xs font-semibold"
        style={{ color: run?.colour, borderColor: run?.colour ?? "var(--color-edge)" }}
      >
        {number}
      </span>
      {session ? (
        <Link
          to={`/training/${id}`}
          className="truncate font-medium hover:underline"
          title={session.adapter_name}
        >
          {session.adapter_name}
        </Link>
      ) : (
        <span className="mono truncate text-soft">{id}</span>
      )}
    </span>
  );
}

function Standing({ run, overlay, at }: { run: Compared; overlay: OverlayRun | null; at: number | null }) {
  const { session, course } = run;
  const end = overlay ? endOf(overlay) : 0;
  const lossOf = (line: "train" | "validation") => overlay && valueAt(overlay[line], at ?? end, end);
  return (
    <>
      <td className="max-wide:basis-full max-wide:text-sm">
        <StateLabel state={shownState(session)} />
      </td>
      <Loss name="train">{lossOf("train")}</Loss>
      <Loss name="validation">{lossOf("validation")}</Loss>
      <td className="text-right whitespace-nowrap max-wide:text-sm">
        <span className="text-soft wide:hidden">best </span>
        {course.best ? (
          <>
            <Num short={figure(course.best.loss)} full={course.best.loss} />
            <span className="mono text-sm text-soft"> @{whole(course.best.iteration)}</span>
          </>
        ) : (
          <None />
        )}
      </td>
    </>
  );
}

function Loss({ name, children: loss }: { name: string; children: number | null }) {
  return (
    <td className="text-right whitespace-nowrap max-wide:text-sm">
      <span className="text-soft wide:hidden">{name} </span>
      {loss === null ? <None /> : <Num short={figure(loss)} full={loss} />}
    </td>
  );
}

function None(): ReactNode {
  return (
    <span className="mono text-soft">
      <span aria-hidden>{unknown}</span>
      <span className="sr-only">none</span>
    </span>
  );
}

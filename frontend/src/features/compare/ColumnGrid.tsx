import { type CSSProperties, useRef, useState } from "react";
import type { AdapterFile } from "../../api/picks";
import { AnswerColumn, rowsOf } from "./AnswerColumn";
import type { ColumnPlan } from "./columns";
import type { Turn } from "./useTurns";

interface ColumnGridProps {
  plans: ColumnPlan[];
  base: string;
  turns: Turn[];
  asking: boolean;
  asConversation: boolean;
  waitingFor: string;
  marked: boolean;
  onFile: (plan: ColumnPlan, file: AdapterFile) => void;
  onRemove: (plan: ColumnPlan) => void;
  onStop: (key: string) => void;
}

/** The columns share the width and scroll sideways when there are many; on a phone they stand one under the other. */
export function ColumnGrid({
  plans,
  turns,
  asking,
  marked,
  onFile,
  onRemove,
  onStop,
  ...shared
}: ColumnGridProps) {
  const { ref, minHeight } = useKeptHeight(asking);
  const first = plans[0]?.key ?? null;
  const style = { "--rows": rowsOf(turns), minHeight } as CSSProperties;
  return (
    <div
      ref={ref}
      style={style}
      className="relative grid grid-cols-1 content-start gap-x-3 sm:auto-cols-[minmax(14.5rem,1fr)] sm:grid-flow-col sm:grid-cols-none sm:grid-rows-[repeat(var(--rows),auto)] sm:overflow-x-auto"
    >
      {plans.map((plan) => (
        <AnswerColumn
          key={plan.key}
          plan={plan}
          turns={turns}
          referenceKey={marked && plan.key !== first ? first : null}
          onFile={(file) => onFile(plan, file)}
          onRemove={plans.length > 1 ? () => onRemove(plan) : null}
          onStop={() => onStop(plan.key)}
          {...shared}
        />
      ))}
    </div>
  );
}

/** While answers grow anew the page stays as high as it was, so that nothing jumps. */
function useKeptHeight(asking: boolean) {
  const ref = useRef<HTMLDivElement>(null);
  const [kept, setKept] = useState({ asking, minHeight: 0 });
  if (kept.asking !== asking) {
    setKept({ asking, minHeight: asking ? (ref.current?.offsetHeight ?? 0) : 0 });
  }
  return { ref, minHeight: kept.minHeight };
}

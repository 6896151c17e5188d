import type { ReactNode } from "react";
import { useId } from "react";
import type { Libraries } from "../../api/libraries";
import { Switch } from "../../ui/Choice";
import { AddColumn } from "./AddColumn";
import type { useComparison } from "./useComparison";

/** What can be done with the columns as a whole; `children` are what the page adds to it. */
export function AnswersBar({
  compared,
  libraries,
  markLabel,
  marked,
  onMarked,
  children,
}: {
  compared: ReturnType<typeof useComparison>;
  libraries: Libraries;
  /** null where there is nothing to mark */
  markLabel: string | null;
  marked: boolean;
  onMarked: (marked: boolean) => void;
  children?: ReactNode;
}) {
  const id = useId();
  const { comparison, change } = compared;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      {markLabel && (
        <label htmlFor={id} className="flex cursor-pointer items-center gap-2 text-sm">
          <Switch id={id} checked={marked} onChange={onMarked} />
          {markLabel}
        </label>
      )}
      {children}
      <AddColumn
        comparison={comparison}
        models={libraries.models}
        adapters={libraries.adapters}
        onAdd={(pick) => change({ picks: [...comparison.picks, pick] })}
        onBase={() => change({ withBase: true })}
      />
    </div>
  );
}

import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { IconButton } from "../../../ui/Button";
import { whole } from "../../../ui/format";
import { NumberInput } from "../../../ui/TextInput";

/** The row before, the next, or one by its number. Rows count from 0, people from 1. */
export function RowSteps({
  row,
  total,
  onRow,
}: {
  row: number;
  total: number;
  onRow: (row: number) => void;
}) {
  const id = useId();
  const [typed, setTyped] = useState(String(row + 1));
  useEffect(() => setTyped(String(row + 1)), [row]);
  const go = () => {
    const wanted = Number(typed);
    if (Number.isInteger(wanted) && wanted >= 1) onRow(Math.min(wanted, total) - 1);
    else setTyped(String(row + 1));
  };
  return (
    <form
      aria-label="Choose a row"
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <IconButton look="plain" label="Previous row" disabled={row === 0} onClick={() => onRow(row - 1)}>
        <ChevronLeft aria-hidden />
      </IconButton>
      <label htmlFor={id}>Row</label>
      <NumberInput
        id={id}
        className="w-28"
        inputMode="numeric"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={go}
      />
      <span className="text-soft">
        of <span className="mono">{whole(total)}</span>
      </span>
      <IconButton look="plain" label="Next row" disabled={row >= total - 1} onClick={() => onRow(row + 1)}>
        <ChevronRight aria-hidden />
      </IconButton>
      <span className="text-sm text-soft max-wide:hidden">← and → step through the rows</span>
    </form>
  );
}

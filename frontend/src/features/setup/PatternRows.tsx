import { Plus, X } from "lucide-react";
import { useId } from "react";
import { useFormContext } from "react-hook-form";
import { Button, IconButton } from "../../ui/Button";
import { FieldNote } from "../../ui/Field";
import { NumberInput, TextInput } from "../../ui/TextInput";
import { describe, type FieldName, type FormValues } from "./fields";
import { useFieldNotes } from "./notes";
import { type PatternRow, rowsOf, textOf } from "./patterns";

/** A number for each of several modules or groups, one row each; of two that name a module the upper one holds. */
export function PatternRows({ name, suggestions }: { name: FieldName; suggestions: string[] }) {
  const { watch, setValue } = useFormContext<FormValues>();
  const { title, help } = describe(name);
  const notes = useFieldNotes(name);
  const id = useId();
  const rows = rowsOf(String(watch(name)));
  const write = (next: PatternRow[]) => setValue(name, textOf(next), { shouldValidate: true });
  const change = (index: number, part: Partial<PatternRow>) =>
    write(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <fieldset aria-describedby={`${id}-help ${id}-note`} className="min-w-0">
      <legend className="font-medium">{title}</legend>
      <p id={`${id}-help`} className="mb-2 text-sm text-soft">
        {help} Of two rows for a module, the upper one holds.
      </p>
      <datalist id={`${id}-known`}>
        {suggestions.map((suggestion) => (
          <option key={suggestion} value={suggestion} />
        ))}
      </datalist>
      <ol className="grid gap-2">
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; its words change as they are typed
          <li key={index} className="grid grid-cols-[minmax(0,1fr)_6rem_auto] gap-2">
            <TextInput
              aria-label={`${title}, row ${index + 1}: group, key or pattern`}
              aria-invalid={Boolean(notes.error)}
              className="mono"
              list={`${id}-known`}
              placeholder="attention"
              value={row.module}
              onChange={(event) => change(index, { module: event.target.value })}
            />
            <NumberInput
              aria-label={`${title}, row ${index + 1}: number`}
              aria-invalid={Boolean(notes.error)}
              placeholder="8"
              value={row.number}
              onChange={(event) => change(index, { number: event.target.value })}
            />
            <IconButton
              label={`Remove row ${index + 1} of ${title}`}
              onClick={() => write(rows.filter((_, at) => at !== index))}
            >
              <X aria-hidden />
            </IconButton>
          </li>
        ))}
      </ol>
      <FieldNote id={`${id}-note`} error={notes.error} warning={notes.warning} />
      <Button
        className={rows.length > 0 ? "mt-2" : ""}
        onClick={() => write([...rows, { module: "", number: "" }])}
      >
        <Plus aria-hidden />
        <span>
          Add a row<span className="sr-only"> to {title}</span>
        </span>
      </Button>
    </fieldset>
  );
}

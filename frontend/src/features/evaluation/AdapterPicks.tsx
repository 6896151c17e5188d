import { useId } from "react";
import type { Adapter } from "../../api";
import type { Pick } from "../../api/picks";
import { Checkbox } from "../../ui/Checkbox";
import { Dot } from "../../ui/Dot";
import { FieldNote } from "../../ui/Field";
import { distinctColours } from "../../ui/runColour";
import { filesOf, isMadeFor, withPicksOf } from "./choices";

/** Which adapters are measured, and which of their weights. Those made for another base are shown where chosen. */
export function AdapterPicks({
  adapters,
  base,
  picks,
  error,
  onChange,
}: {
  adapters: Adapter[];
  base: string;
  picks: Pick[];
  error: string | undefined;
  onChange: (picks: Pick[]) => void;
}) {
  const id = useId();
  const isChosen = ({ name }: Adapter) => picks.some(({ adapter }) => adapter === name);
  const shown = adapters.filter(
    (adapter) => isChosen(adapter) || (!adapter.problem && isMadeFor(adapter, base)),
  );
  const names = [...new Set(picks.map(({ adapter }) => adapter))];
  const colours = distinctColours(names);
  return (
    <fieldset aria-describedby={`${id}-note`} className="min-w-0">
      <legend className="mb-1 font-medium">Adapters</legend>
      {shown.length === 0 && (
        <p className="text-sm text-soft">There is no adapter of this base yet. The base alone is measured.</p>
      )}
      <ul className="grid max-h-72 grid-cols-1 gap-1 overflow-y-auto">
        {shown.map((adapter) => (
          <AdapterRow
            key={adapter.name}
            adapter={adapter}
            base={base}
            colour={colours[names.indexOf(adapter.name)]}
            picks={picks.filter((pick) => pick.adapter === adapter.name)}
            onChange={(own) => onChange(withPicksOf(adapter.name, own, picks))}
          />
        ))}
      </ul>
      <FieldNote id={`${id}-note`} error={error} warning={undefined} />
    </fieldset>
  );
}

function AdapterRow({
  adapter,
  base,
  colour,
  picks,
  onChange,
}: {
  adapter: Adapter;
  base: string;
  /** of an adapter that is chosen */
  colour: string | undefined;
  picks: Pick[];
  onChange: (picks: Pick[]) => void;
}) {
  const files = filesOf(adapter);
  const usual = files[0];
  const chosen = picks.map(({ file }) => file ?? usual);
  const isOther = !isMadeFor(adapter, base);
  return (
    <li className="py-1">
      <Checkbox
        checked={picks.length > 0}
        onChange={(checked) => onChange(checked ? [{ adapter: adapter.name, file: null }] : [])}
      >
        <span className="flex min-w-0 items-center gap-2">
          {colour && <Dot colour={colour} />}
          <span className="truncate" title={adapter.name}>
            {adapter.name}
          </span>
        </span>
      </Checkbox>
      {isOther && <p className="truncate pl-7 text-sm text-soft">made for {adapter.model_name}</p>}
      {picks.length > 0 && files.length > 1 && (
        <fieldset className="flex flex-wrap gap-x-4 gap-y-1 pt-1 pl-7 text-sm">
          <legend className="sr-only">Weights of {adapter.name}</legend>
          {files.map((file) => (
            <span key={file}>
              <Checkbox
                checked={chosen.includes(file)}
                onChange={(checked) => {
                  const others = picks.filter((pick) => (pick.file ?? usual) !== file);
                  onChange(checked ? [...picks, { adapter: adapter.name, file }] : others);
                }}
              >
                {typeof file === "number" ? `step ${file}` : file}
              </Checkbox>
            </span>
          ))}
        </fieldset>
      )}
    </li>
  );
}

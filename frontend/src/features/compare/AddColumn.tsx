import { Plus } from "lucide-react";
import type { Adapter, Model } from "../../api";
import type { Pick } from "../../api/picks";
import { Button } from "../../ui/Button";
import { Dot } from "../../ui/Dot";
import { moment } from "../../ui/format";
import { Menu, type MenuItem } from "../../ui/Menu";
import { runColour } from "../../ui/runColour";
import { type Completed, isMadeFor, mostColumns, nextPick, otherBase, weightsInWords } from "./columns";

/** The adapters that can answer on this base, the newest first; those that cannot stand after them, and say why. */
export function AddColumn({
  comparison,
  models,
  adapters,
  onAdd,
  onBase,
}: {
  comparison: Completed;
  models: Model[];
  adapters: Adapter[];
  onAdd: (pick: Pick) => void;
  onBase: () => void;
}) {
  const { base, withBase, picks } = comparison;
  const full = picks.length + (withBase ? 1 : 0) >= mostColumns;
  const model = models.find(({ name }) => name === base);
  const newestFirst = adapters.toSorted((a, b) => b.created_at - a.created_at);
  const items = newestFirst.map((adapter) => adapterItem(adapter, comparison, model, onAdd));
  const baseItem: MenuItem = {
    key: "",
    label: base,
    detail: "base model",
    leading: <Dot colour="var(--color-base)" />,
    onChoose: onBase,
  };
  const offered = items.toSorted((a, b) => Number(a.disabled) - Number(b.disabled));
  return (
    <Menu
      label="Adapters, the newest first"
      items={withBase ? offered : [baseItem, ...offered]}
      trigger={
        <Button disabled={full} title={full ? `At most ${mostColumns} columns answer at once.` : undefined}>
          <Plus aria-hidden />
          Add column
        </Button>
      }
    />
  );
}

function adapterItem(
  adapter: Adapter,
  { base, picks }: Completed,
  model: Model | undefined,
  onAdd: (pick: Pick) => void,
): MenuItem {
  const pick = nextPick(adapter, picks);
  const refusal =
    adapter.problem ??
    (isMadeFor(adapter, base, model) ? null : otherBase(adapter, base)) ??
    (pick === null ? "All of its weights stand here." : null);
  const again = pick?.file == null ? [] : [`once more, ${weightsInWords(pick.file)}`];
  const made = [...again, `made ${moment(adapter.created_at)}`].join("; ");
  return {
    key: adapter.name,
    label: adapter.name,
    detail: refusal ?? made,
    leading: <Dot colour={runColour(adapter.name)} />,
    disabled: refusal !== null,
    onChoose: () => pick && onAdd(pick),
  };
}

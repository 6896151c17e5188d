import { ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { useFormContext } from "react-hook-form";
import type { ModelProfile } from "../../api";
import { Checkbox } from "../../ui/Checkbox";
import { cx } from "../../ui/cx";
import { plural, whole } from "../../ui/format";
import type { FormValues } from "./fields";
import { wordsOf } from "./form";
import {
  chosenPaths,
  type GroupNode,
  type KeyNode,
  modulesOf,
  moduleTree,
  type NamedModule,
  share,
  withModules,
} from "./modules";

interface Picked {
  chosen: ReadonlySet<string>;
  onPick: (modules: NamedModule[], on: boolean) => void;
}

/** The model's modules by group and key, to switch on and off; what is chosen is written into the keys. */
export function ModulePicker({ profile }: { profile: ModelProfile }) {
  const { watch, setValue } = useFormContext<FormValues>();
  const tree = moduleTree(profile, Number(watch("lora_num_layers")));
  const words = wordsOf(String(watch("lora_keys")));
  const chosen = chosenPaths(words, tree);
  const pick = (modules: NamedModule[], on: boolean) =>
    setValue("lora_keys", withModules(words, tree, modules, on).join("\n"), { shouldValidate: true });
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium">Modules of this model</legend>
      <ul className="grid gap-px overflow-hidden rounded-md border border-edge bg-line">
        {tree.map((node) => (
          <GroupRow key={node.group} node={node} chosen={chosen} onPick={pick} />
        ))}
      </ul>
    </fieldset>
  );
}

function GroupRow({ node, chosen, onPick }: Picked & { node: GroupNode }) {
  const id = useId();
  const modules = modulesOf(node);
  const state = share(modules, chosen);
  const [open, setOpen] = useState(state === "some");
  return (
    <li className="bg-surface">
      <div className="flex min-h-11 items-center gap-3 px-3">
        <Checkbox
          checked={state === "all"}
          partly={state === "some"}
          disabled={modules.length === 0}
          onChange={(on) => onPick(modules, on)}
        >
          <span className="min-w-0 font-medium">{node.title}</span>
        </Checkbox>
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-h-9 items-center gap-1 text-sm text-soft hover:text-ink"
        >
          <span className="sr-only">{node.title}: </span>
          {summary(node)}
          <ChevronRight
            aria-hidden
            className={cx("size-4 transition-transform duration-150", open && "rotate-90")}
          />
        </button>
      </div>
      <ul id={id} hidden={!open} className="pb-2 animate-appear">
        {node.keys.map((key) => (
          <KeyRow key={key.key} node={key} chosen={chosen} onPick={onPick} />
        ))}
      </ul>
    </li>
  );
}

function KeyRow({ node, chosen, onPick }: Picked & { node: KeyNode }) {
  const state = share(node.modules, chosen);
  return (
    <li className="flex min-h-8 items-center gap-3 pr-3 pl-10 text-sm">
      <Checkbox
        checked={state === "all"}
        partly={state === "some"}
        disabled={node.tied}
        onChange={(on) => onPick(node.modules, on)}
      >
        <span className="mono min-w-0 break-all">{node.key}</span>
      </Checkbox>
      <span className="shrink-0 text-soft">
        {node.tied ? "tied to the head" : <span className="mono">×{whole(node.modules.length)}</span>}
      </span>
    </li>
  );
}

function summary({ keys }: GroupNode): string {
  const modules = keys.reduce((sum, key) => sum + key.modules.length, 0);
  return `${plural(modules, "module")}, ${plural(keys.length, "key")}`;
}

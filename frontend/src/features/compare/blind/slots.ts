/** Who takes part: the base and adapters of the address, as slots of which the third may stay empty. Pure. */

import type { Adapter } from "../../../api";
import type { AdapterFile, Pick } from "../../../api/picks";
import { type Completed, chosenFile, filesOf, nextPick } from "../columns";
import { mostContestants } from "./round";

/** The base model, an adapter's weights, or nobody. */
export type Slot = "base" | Pick | null;

export function slotsOf({ withBase, picks }: Completed): Slot[] {
  const taken: Slot[] = [...(withBase ? (["base"] as const) : []), ...picks].slice(0, mostContestants);
  return [...taken, ...Array<null>(mostContestants - taken.length).fill(null)];
}

/** The base goes first, so that a page of columns shows the same. */
export function withSlot(comparison: Completed, index: number, slot: Slot): Completed {
  const slots = slotsOf(comparison).with(index, slot);
  const picks = slots.filter((each): each is Pick => each !== null && each !== "base");
  return { ...comparison, withBase: slots.includes("base"), picks };
}

/** The weights of an adapter that no other slot has; null where all stand there. */
export function freePick(adapter: Adapter, slots: Slot[], index: number): Pick | null {
  return nextPick(adapter, others(slots, index));
}

/** What the weights of a slot can be changed to. */
export function freeFiles(adapter: Adapter, slots: Slot[], index: number): AdapterFile[] {
  const own = others(slots, index).filter((pick) => pick.adapter === adapter.name);
  const taken = own.map(({ file }) => chosenFile(file, adapter));
  return filesOf(adapter).filter((file) => !taken.includes(file));
}

function others(slots: Slot[], index: number): Pick[] {
  return slots.filter((slot, place): slot is Pick => place !== index && slot !== null && slot !== "base");
}

/** What leads a form: a choice that filled it, and whether its length is thought of in epochs. Knows no components. */

import type { Dataset, Model } from "../../api";
import { carry, type Dropped, type Pair } from "./carry";
import type { FormValues } from "./fields";
import type { Length } from "./length";
import {
  type Choice,
  changedByHand,
  type Filler,
  isUntouched,
  type Offer,
  type PresetName,
  take,
  takeBack,
} from "./presets";
import { suggestionFor } from "./suggestions";

export interface Guidance {
  choice: Choice | null;
  /** what fills the form as soon as the data is counted */
  waiting: PresetName | null;
  length: Length;
}

export interface Led {
  values: FormValues;
  guidance: Guidance;
  /** what did not apply to another model or data, and was left out */
  dropped: Dropped[];
}

export const unguided: Guidance = { choice: null, waiting: null, length: { by: "iterations" } };

/** The preset that a form begins with where nothing was measured. */
const first: PresetName = "quick";

/** An untouched form with a model and data chosen: filled with what was measured for them, else by the first preset. */
export function begin(values: FormValues, datasets: Dataset[]): Led {
  const measured = suggestionFor(values, datasets);
  if (measured) return filled({ values, guidance: unguided, dropped: [] }, "measured", measured);
  const complete = values.model_path !== "" && values.train_data_path !== "";
  return { values, guidance: { ...unguided, waiting: complete ? first : null }, dropped: [] };
}

/** Another model or data: what was measured for the new pair is filled in, a preset that nobody changed follows. */
export function choosePair(led: Led, pair: Pair, models: Model[], datasets: Dataset[]): Led {
  const { values, dropped } = carry(led.values, pair, models, datasets);
  const measured = suggestionFor(values, datasets);
  if (measured) return { ...filled({ ...led, values }, "measured", measured), dropped };
  const { choice } = led.guidance;
  if (!choice || changedByHand(led.values, choice).length > 0) return { ...led, values, dropped };
  if (choice.name === "file") return { ...led, values, dropped };
  if (choice.name !== "measured")
    return { values, guidance: { ...led.guidance, waiting: choice.name }, dropped };
  return {
    values: takeBack(values, choice),
    guidance: { ...led.guidance, choice: null, waiting: first },
    dropped,
  };
}

/** The form with a choice made; epochs, where a person thinks in them, follow from its steps. */
export function filled(led: Led, name: Filler, settings: NonNullable<Offer["settings"]>, title = "It"): Led {
  const { values, choice } = take(led.values, led.guidance.choice, { name, title }, settings);
  return { ...led, values, guidance: { choice, waiting: null, length: fromSteps(led.guidance.length) } };
}

/** What waited is known now. Where somebody has typed meanwhile, nothing is filled in. */
export function arrived(led: Led, settings: NonNullable<Offer["settings"]>): Led {
  const { choice, waiting } = led.guidance;
  const free = choice ? changedByHand(led.values, choice).length === 0 : isUntouched(led.values, settings);
  if (!waiting || !free) return { ...led, guidance: { ...led.guidance, waiting: null } };
  return filled(led, waiting, settings);
}

export function released(led: Led): Led {
  const { choice, length } = led.guidance;
  if (!choice) return led;
  return {
    ...led,
    values: takeBack(led.values, choice),
    guidance: { choice: null, waiting: null, length: fromSteps(length) },
  };
}

export function fromSteps(length: Length): Length {
  return length.by === "epochs" ? { by: "epochs", epochs: null } : length;
}

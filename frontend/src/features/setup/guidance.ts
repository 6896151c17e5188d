/** What leads a form: a choice that filled it, and whether its length is thought of in epochs. Knows no components. */

import type { Dataset, Model, SuggestedSettings } from "../../api";
import { carry, type Dropped, type Pair } from "./carry";
import type { FieldName, FormValues } from "./fields";
import type { Length } from "./length";
import {
  type Choice,
  changedByHand,
  type Filler,
  measuredPreset,
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
  /** the form as it stood when that began to be waited for */
  over: FormValues | null;
  length: Length;
}

export interface Led {
  values: FormValues;
  guidance: Guidance;
  /** what did not apply to another model or data, and was left out */
  dropped: Dropped[];
}

export const unguided: Guidance = {
  choice: null,
  waiting: null,
  over: null,
  length: { by: "iterations" },
};

/** The preset that a form begins with where nothing was measured. */
const first: PresetName = "quick";

/** An untouched form: filled with what was measured for its model and data, else by the first preset. */
export function begin(values: FormValues, datasets: Dataset[]): Led {
  const led = { values, guidance: unguided, dropped: [] };
  const measured = suggestionFor(values, datasets);
  if (measured) return asMeasured(led, measured);
  const complete = values.model_path !== "" && values.train_data_path !== "";
  return { ...led, guidance: { ...unguided, ...(complete && { waiting: first, over: values }) } };
}

/** Another model or data: what was measured for the new pair is filled in, a preset that nobody changed follows. */
export function choosePair(led: Led, pair: Pair, models: Model[], datasets: Dataset[]): Led {
  if (isSame(led.values, pair)) return led;
  const { choice, waiting, over, length } = led.guidance;
  const follows = choice !== null && choice.name !== "file" && changedByHand(led.values, choice).length === 0;
  const free = follows ? takeBack(led.values, choice) : led.values;
  const { values, dropped } = carry(free, pair, models, datasets);
  const measured = suggestionFor(values, datasets);
  if (measured) return asMeasured({ ...led, values, dropped }, measured);
  const complete = values.model_path !== "" && values.train_data_path !== "";
  const next = follows ? (choice.name as PresetName) : waiting;
  return {
    values,
    dropped,
    guidance: {
      ...led.guidance,
      choice: follows ? { ...choice, set: {}, before: {} } : choice,
      waiting: complete ? next : null,
      over: follows ? values : over,
      length: follows ? fromSteps(length) : length,
    },
  };
}

function isSame(values: FormValues, pair: Pair): boolean {
  return (Object.keys(pair) as (keyof Pair)[]).every((name) => values[name] === pair[name]);
}

/** At once, since it is known; the rest of that preset comes when the data is counted. */
function asMeasured(led: Led, measured: SuggestedSettings): Led {
  const next = filled(led, measuredPreset, measured);
  return { ...next, guidance: { ...next.guidance, waiting: measuredPreset, over: next.values } };
}

/** The form with a choice made; epochs, where a person thinks in them, follow from its steps. */
export function filled(led: Led, name: Filler, settings: NonNullable<Offer["settings"]>, title = "It"): Led {
  const { values, choice } = take(led.values, led.guidance.choice, { name, title }, settings);
  return {
    ...led,
    values,
    guidance: { choice, waiting: null, over: null, length: fromSteps(led.guidance.length) },
  };
}

/** What waited is known now. Where somebody has typed meanwhile, nothing is filled in. */
export function arrived(led: Led, settings: NonNullable<Offer["settings"]>): Led {
  const { waiting, over } = led.guidance;
  const untouched = (Object.keys(settings) as FieldName[]).every((name) => led.values[name] === over?.[name]);
  if (!waiting || !untouched) return { ...led, guidance: { ...led.guidance, waiting: null, over: null } };
  return filled(led, waiting, settings);
}

export function released(led: Led): Led {
  const { choice, length } = led.guidance;
  if (!choice) return led;
  return {
    ...led,
    values: takeBack(led.values, choice),
    guidance: { choice: null, waiting: null, over: null, length: fromSteps(length) },
  };
}

/** Whether the form still waits for the first settings that it shall have. */
export function isWaiting({ choice, waiting }: Guidance): boolean {
  return waiting !== null && Object.keys(choice?.set ?? {}).length === 0;
}

function fromSteps(length: Length): Length {
  return length.by === "epochs" ? { by: "epochs", epochs: null } : length;
}

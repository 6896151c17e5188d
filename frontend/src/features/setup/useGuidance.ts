import { useEffect, useState } from "react";
import type { UseFormReturn } from "react-hook-form";
import type { DataStatistics, Dataset, Model, TrainingConfig } from "../../api";
import type { Dropped, Pair } from "./carry";
import type { FormValues } from "./fields";
import { arrived, choosePair, filled, type Guidance, type Led, released } from "./guidance";
import { epochsTyped, type Length, readEpochs, stepsOf } from "./length";
import { type Offer, type PresetName, setAgain } from "./presets";

export interface GuidanceOfForm extends Guidance {
  dropped: Dropped[];
  choose: (name: PresetName) => void;
  release: () => void;
  again: () => void;
  choosePair: (pair: Pair) => void;
  thinkIn: (by: Length["by"]) => void;
  typeEpochs: (epochs: string) => void;
  /** Settings of a file, which has this name where it has one. */
  load: (name: string, settings: Partial<TrainingConfig>) => void;
}

/** Keeps the form as it is led: fills in what waited for the data, and keeps epochs where a person thinks in them. */
export function useGuidance(
  form: UseFormReturn<FormValues>,
  begun: Led,
  libraries: { models: Model[]; datasets: Dataset[] },
  offered: Offer[],
  refused: boolean,
  statistics: DataStatistics | undefined,
): GuidanceOfForm {
  const [guidance, setGuidance] = useState(begun.guidance);
  const [dropped, setDropped] = useState(begun.dropped);
  const { waiting, length, choice } = guidance;
  const now = (): Led => ({ values: form.getValues(), guidance, dropped });
  const lead = (led: Led) => {
    form.reset(led.values);
    setGuidance(led.guidance);
    setDropped(led.dropped);
  };
  const settingsOf = (name: PresetName | null) =>
    offered.find((offer) => offer.name === name)?.settings ?? null;

  const arriving = offered.find(({ name, why }) => name === waiting && why !== "")?.settings;
  useEffect(() => {
    if (arriving) lead(arrived(now(), arriving));
    else if (waiting && refused) setGuidance({ ...guidance, waiting: null, over: null });
  });

  useEffect(() => {
    if (length.by !== "epochs" || !statistics) return;
    const steps = Number(form.getValues("iterations"));
    if (length.epochs === null) {
      if (steps > 0) setLength({ by: "epochs", epochs: epochsTyped(steps, statistics) });
      return;
    }
    const epochs = readEpochs(length.epochs);
    if (epochs === null || steps === stepsOf(epochs, statistics)) return;
    if (Number(epochsTyped(steps, statistics)) !== epochs) setSteps(String(stepsOf(epochs, statistics)));
  });

  const setLength = (next: Length) => setGuidance((before) => ({ ...before, length: next }));
  const setSteps = (steps: string) => form.setValue("iterations", steps, { shouldValidate: true });

  return {
    ...guidance,
    dropped,
    choose: (name) => {
      const settings = settingsOf(name);
      if (settings) lead(filled(now(), name, settings));
    },
    release: () => lead(released(now())),
    again: () => choice && lead({ ...now(), values: setAgain(form.getValues(), choice) }),
    choosePair: (pair) => lead(choosePair(now(), pair, libraries.models, libraries.datasets)),
    thinkIn: (by) => setLength(by === "epochs" ? { by, epochs: null } : { by }),
    typeEpochs: (epochs) => {
      setLength({ by: "epochs", epochs });
      if (readEpochs(epochs) === null) setSteps("");
    },
    load: (name, settings) => lead({ ...filled(now(), "file", settings, name || "The text"), dropped: [] }),
  };
}

import { Undo2 } from "lucide-react";
import { useFormContext } from "react-hook-form";
import type { SuggestedSettings, TrainingEstimate } from "../../api";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { Why } from "../../ui/Disclosure";
import { count, plural } from "../../ui/format";
import { describe, type FormValues } from "./fields";
import { LearningRate } from "./LearningRate";
import { LengthField } from "./LengthField";
import { changedByHand, changesOf, type Choice as Made, type Offer, type PresetName } from "./presets";
import type { GuidanceOfForm } from "./useGuidance";
import type { Counted } from "./useStatistics";

interface HowLongProps {
  guidance: GuidanceOfForm;
  offers: Offer[];
  /** whether the presets cannot be worked out */
  refused: boolean;
  counted: Counted;
  estimate: TrainingEstimate | undefined;
  /** what was measured for this model and data, where that is known */
  suggested: SuggestedSettings | undefined;
}

/** The preset that fills the form, or will. */
function chosen({ choice, waiting }: GuidanceOfForm): string {
  return waiting ?? (choice && Object.keys(choice.set).length > 0 ? choice.name : "");
}

/** One choice that fills the form, and the two settings that people change first. */
export function HowLong({ guidance, offers, refused, counted, estimate, suggested }: HowLongProps) {
  const { watch } = useFormContext<FormValues>();
  const complete = watch("model_path") !== "" && watch("train_data_path") !== "";
  return (
    <Section title="How long">
      <div className="grid gap-5">
        <div className="grid gap-2">
          <Choice
            aria-label="How long"
            value={chosen(guidance)}
            onChange={(name) => guidance.choose(name as PresetName)}
            options={offers.map((offer) => ({
              value: offer.name,
              label: offer.title,
              detail: figures(offer),
              help: offer.why || meanwhile(offer, complete, refused),
              disabled: offer.settings === null,
            }))}
          />
          {guidance.choice && Object.keys(guidance.choice.set).length > 0 && (
            <WhatItSet choice={guidance.choice} guidance={guidance} />
          )}
        </div>
        <div className="grid gap-5 sm:grid-cols-2">
          <LengthField
            length={guidance.length}
            counted={counted}
            onThinkIn={guidance.thinkIn}
            onEpochs={guidance.typeEpochs}
          />
          <LearningRate estimate={estimate} measured={suggested?.learning_rate} />
        </div>
      </div>
    </Section>
  );
}

/** What stands in the place of a preset's reason until it is known. */
function meanwhile({ measured }: Offer, complete: boolean, refused: boolean): string {
  if (!complete) return "Follows from the model and the data.";
  if (measured) return "As it was measured for this model and data.";
  return refused ? "Cannot be worked out as the settings stand." : "The data is counted …";
}

function figures({ settings, epochs, tokens }: Offer): string {
  const steps = settings?.iterations;
  return [
    steps !== undefined && plural(steps, "step"),
    epochs !== null && `${epochs >= 10 ? epochs.toFixed(0) : epochs.toFixed(1)} epochs`,
    tokens !== null && `${count(tokens)} tokens`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** What the choice made different, whether it still stands, and the way back. */
function WhatItSet({ choice, guidance }: { choice: Made; guidance: GuidanceOfForm }) {
  const values = useFormContext<FormValues>().watch();
  const changes = changesOf(choice);
  const byHand = changedByHand(values, choice).map((name) => describe(name).title);
  return (
    <div className="grid gap-1 text-sm">
      {byHand.length > 0 && (
        <p role="status">
          <span className="font-medium">Changed</span> by hand since: {byHand.join(", ")}.{" "}
          <button
            type="button"
            className="font-medium text-accent underline-offset-2 hover:underline"
            onClick={guidance.again}
          >
            Set {byHand.length === 1 ? "it" : "them"} again
          </button>
        </p>
      )}
      <div className="flex flex-wrap items-start justify-between gap-x-4">
        <div className="min-w-0">
          <Why
            label={`${choice.title} set ${changes.length === 0 ? "nothing anew" : plural(changes.length, "field")}`}
          >
            <dl className="grid grid-cols-[auto_auto] justify-start gap-x-6 gap-y-0.5">
              {changes.map(({ title, from, to }) => (
                <div key={title} className="contents">
                  <dt>{title}</dt>
                  <dd className="mono">
                    {from} <span aria-hidden>→</span>
                    <span className="sr-only"> became </span> <span className="text-ink">{to}</span>
                  </dd>
                </div>
              ))}
            </dl>
          </Why>
        </div>
        <Button look="quiet" className="-mr-3" onClick={guidance.release}>
          <Undo2 aria-hidden />
          Take it back
        </Button>
      </div>
    </div>
  );
}

import { useFormContext } from "react-hook-form";
import type { TrainingEstimate } from "../../api";
import { cx } from "../../ui/cx";
import { count, figure, percent, plural, whole } from "../../ui/format";
import { Num } from "../../ui/Num";
import type { FormValues } from "./form";
import type { Estimate } from "./useEstimate";

/** How much will be trained, exactly; the last answer stays while a new one is on its way. */
export function Counts({ estimate }: { estimate: Estimate }) {
  return estimate.shown ? <Figures estimate={estimate.shown} fresh={estimate.fresh} /> : <NoCounts />;
}

function Figures({ estimate, fresh }: { estimate: TrainingEstimate; fresh: boolean }) {
  const full = useFormContext<FormValues>().watch("fine_tune_type") === "full";
  const { trainable_parameters, trainable_percent, total_parameters, groups } = estimate;
  const keys = plural(groups.length, full ? "group" : "key");
  return (
    <div
      className={cx("transition-colors duration-180", !fresh && "text-soft")}
      aria-live="polite"
      aria-atomic
    >
      <p className="text-xl font-semibold" data-testid="trainable">
        <Num short={count(trainable_parameters)} full={trainable_parameters} />
        <span className="text-base font-normal text-soft"> trainable parameters</span>
      </p>
      <p>
        <Num short={percent(trainable_percent)} full={`${trainable_percent}%`} /> of{" "}
        <Num short={count(total_parameters)} full={total_parameters} />
      </p>
      <dl className="mt-3 grid max-lg:hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-sm">
        <Row name="Exactly" value={whole(trainable_parameters)} />
        <Row name="Modules" value={`${whole(estimate.adapted_modules)} (${keys})`} />
        <Row name="Layers" value={`${estimate.adapted_layers} of ${estimate.num_layers}`} />
        {!full && <Row name="Multiplier" value={`×${figure(estimate.scale)}`} />}
        <Row name="Architecture" value={estimate.model_type} />
      </dl>
      {estimate.notes.map((note) => (
        <p key={note} className="mt-2 text-sm text-soft max-lg:hidden">
          {note}
        </p>
      ))}
    </div>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="mono text-right">{value}</dd>
    </>
  );
}

function NoCounts() {
  return (
    <p className="text-soft lg:min-h-44">
      The exact number of trainable parameters stands here once a model is chosen.
    </p>
  );
}

import { useFormContext } from "react-hook-form";
import type { TrainingEstimate } from "../../api";
import { cx } from "../../ui/cx";
import { Why } from "../../ui/Disclosure";
import { count, figure, percent, plural, whole } from "../../ui/format";
import { Num } from "../../ui/Num";
import type { FormValues } from "./fields";
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
      className={cx("basis-full transition-colors duration-180", !fresh && "text-soft")}
      aria-live="polite"
      aria-atomic
    >
      <p className="text-xl font-semibold" data-testid="trainable">
        <Num short={count(trainable_parameters)} full={trainable_parameters} />
        <span className="text-base font-normal text-soft"> trainable parameters</span>
      </p>
      <p className="max-lg:text-sm">
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
      <Notes notes={estimate.notes} />
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

/** What the choice of modules did; a sentence in sight, several behind one line. */
function Notes({ notes }: { notes: string[] }) {
  if (notes.length === 0) return null;
  if (notes.length === 1) return <p className="mt-2 text-sm text-soft max-lg:hidden">{notes[0]}</p>;
  return (
    <div className="max-lg:hidden">
      <Why label="What the choice covers">
        {notes.map((note) => (
          <p key={note} className="break-words">
            {note}
          </p>
        ))}
      </Why>
    </div>
  );
}

function NoCounts() {
  const chosen = useFormContext<FormValues>().watch("model_path") !== "";
  return (
    <p className="basis-full text-soft lg:min-h-44">
      {chosen
        ? "The exact number of trainable parameters comes here."
        : "The exact number of trainable parameters stands here once a model is chosen."}
    </p>
  );
}

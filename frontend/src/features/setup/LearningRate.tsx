import { useFormContext } from "react-hook-form";
import type { TrainingEstimate } from "../../api";
import { rate } from "../../ui/format";
import { ConfigField } from "./ConfigField";
import type { FormValues } from "./fields";

/** The learning rate, with the one that is published for a model of this width, and why. */
export function LearningRate({
  estimate,
  measured,
}: {
  estimate: TrainingEstimate | undefined;
  /** the one that was measured for this model and data */
  measured: number | undefined;
}) {
  const full = useFormContext<FormValues>().watch("fine_tune_type") === "full";
  return (
    <ConfigField
      name="learning_rate"
      {...(full && { help: "How far each step moves the weights. Usually 1e-6 to 1e-4." })}
      why={estimate && <Suggested estimate={estimate} measured={measured} />}
    />
  );
}

function Suggested({ estimate, measured }: { estimate: TrainingEstimate; measured: number | undefined }) {
  const { watch, setValue } = useFormContext<FormValues>();
  const suggested = rate(Number(estimate.suggested_learning_rate.toPrecision(2)));
  const typed = Number(watch("learning_rate"));
  const full = watch("fine_tune_type") === "full";
  if (typed === Number(suggested))
    return <p className="mt-1 text-sm text-soft">This is the suggested rate: {reason(full)}.</p>;
  if (typed === measured)
    return (
      <p className="mt-1 text-sm text-soft">
        As measured for this model and data; in general <span className="mono text-ink">{suggested}</span>{" "}
        would be suggested.
      </p>
    );
  return (
    <div className="mt-1 text-sm text-soft">
      <p>
        Suggested <span className="mono text-ink">{suggested}</span>: {reason(full)}.{" "}
        <button
          type="button"
          className="font-medium text-accent underline-offset-2 hover:underline"
          onClick={() => setValue("learning_rate", suggested, { shouldValidate: true })}
        >
          Use {suggested}
        </button>
      </p>
      {comparable(estimate, typed)}
    </div>
  );
}

function reason(full: boolean): string {
  return full
    ? "the published optimum of full fine-tuning for a model of this width, a tenth of LoRA's"
    : "the published optimum of LoRA for a model of this width, at this rank and multiplier";
}

/** Said only where rank and multiplier make the typed rate do something else than it would at the usual ones. */
function comparable({ comparable_learning_rate: same }: TrainingEstimate, typed: number) {
  if (rate(same) === rate(typed)) return null;
  return (
    <p>
      Yours does what <span className="mono text-ink">{rate(Number(same.toPrecision(2)))}</span> does at rank
      32 with multiplier 1.
    </p>
  );
}

import { useFormContext } from "react-hook-form";
import { Field } from "../../ui/Field";
import { plural } from "../../ui/format";
import { Segments } from "../../ui/Segments";
import { NumberInput } from "../../ui/TextInput";
import { describe, type FormValues } from "./fields";
import { epochsProblem, type Length, lengthInWords, readEpochs } from "./length";
import { useFieldNotes } from "./notes";
import type { Counted } from "./useStatistics";

interface LengthFieldProps {
  length: Length;
  counted: Counted;
  onThinkIn: (by: Length["by"]) => void;
  onEpochs: (epochs: string) => void;
}

/** Steps or epochs, whichever a person thinks in; the line below says what that is in the other, and in tokens. */
export function LengthField({ length, counted, onThinkIn, onEpochs }: LengthFieldProps) {
  const { register } = useFormContext<FormValues>();
  const { title, help, limits, unit } = describe("iterations");
  const { error, warning } = useFieldNotes("iterations");
  const inEpochs = length.by === "epochs";
  const unreadable = inEpochs && length.epochs !== null && readEpochs(length.epochs) === null;
  return (
    <div className="min-w-0">
      <Field
        label={inEpochs ? "Epochs" : title}
        aside={
          <Segments
            label="Think in"
            small
            value={length.by}
            onChange={onThinkIn}
            options={[
              { value: "iterations", label: "steps" },
              { value: "epochs", label: "epochs" },
            ]}
          />
        }
        help={inEpochs ? "How often the run reads all of the data; usually 1 to 5." : `${help} ${limits}`}
        error={unreadable ? epochsProblem : error}
        warning={warning}
      >
        {(control) =>
          inEpochs ? (
            <NumberInput
              key="epochs"
              {...control}
              unit="epochs"
              value={length.epochs ?? ""}
              disabled={counted.statistics === undefined && length.epochs === null}
              onChange={(event) => onEpochs(event.target.value)}
            />
          ) : (
            <NumberInput key="iterations" unit={unit} {...control} {...register("iterations")} />
          )
        }
      </Field>
      <Converted counted={counted} />
    </div>
  );
}

/** "= 300 steps, 2.0 epochs, 184 k tokens", from what the data really holds. */
function Converted({ counted: { statistics, error } }: { counted: Counted }) {
  const { watch } = useFormContext<FormValues>();
  const steps = Number(watch("iterations"));
  if (error) return <p className="mt-1 text-sm text-soft">Epochs cannot be counted: {error.detail}</p>;
  const complete = watch("model_path") !== "" && watch("train_data_path") !== "";
  if (!complete || !Number.isInteger(steps) || steps < 1) return null;
  if (!statistics)
    return <p className="mono mt-1 text-sm text-soft">= {plural(steps, "step")}, counting the data …</p>;
  const epochs = steps / statistics.iterations_per_epoch;
  const tokens = epochs * statistics.tokens_per_epoch;
  return (
    <p className="mono mt-1 text-sm" aria-live="polite" data-testid="length">
      {lengthInWords(steps, epochs, tokens, statistics.sampled).map((part) => (
        <span key={part} className="inline-block whitespace-pre">
          {part}
        </span>
      ))}
    </p>
  );
}

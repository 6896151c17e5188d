import { Controller, useFormContext } from "react-hook-form";
import { Section } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { Why } from "../../ui/Disclosure";
import { Field } from "../../ui/Field";
import { figure } from "../../ui/format";
import { ConfigField } from "./ConfigField";
import { describe } from "./fields";
import type { FormValues } from "./form";
import { useFieldNotes } from "./notes";

const presets: Record<string, { label: string; help: string }> = {
  full: {
    label: "Full layer",
    help: "All seven matrices of every layer, attention and MLP. The usual choice.",
  },
  attention: {
    label: "Attention only",
    help: "Query, key, value and output: fewer parameters, learns less.",
  },
  query_value: { label: "Query and value", help: "The smallest choice, as in the first LoRA paper." },
  mlp: { label: "MLP only", help: "Gate, up and down." },
  custom: { label: "Custom", help: "Module names of your own." },
};

/** What the adapter covers and how much it can hold. */
export function LoraSection() {
  const { watch } = useFormContext<FormValues>();
  return (
    <Section title="LoRA">
      <div className="grid gap-5">
        <Targets />
        {watch("targets") === "custom" && <ConfigField name="lora_keys" />}
        <div className="grid gap-5 sm:grid-cols-2">
          <ConfigField name="lora_rank" help="1 to 256, typical 8 to 64: how much the adapter can hold." />
          <ConfigField name="lora_alpha" why={<Multiplier />} />
          <ConfigField name="lora_dropout" help="0 to 0.5; more than 0 only against overfitting." />
          <ConfigField name="lora_num_layers" />
        </div>
      </div>
    </Section>
  );
}

function Targets() {
  const { title, choices } = describe("targets");
  const notes = useFieldNotes("targets");
  return (
    <Field label={title} why={<FullOrAttention />} {...notes}>
      {(control) => (
        <Controller<FormValues>
          name="targets"
          render={({ field: { value, onChange } }) => (
            <Choice
              {...control}
              value={String(value)}
              onChange={onChange}
              options={choices.map((choice) => ({
                value: choice,
                label: presets[choice]?.label ?? choice,
                help: presets[choice]?.help ?? "",
              }))}
            />
          )}
        />
      )}
    </Field>
  );
}

function FullOrAttention() {
  return (
    <Why label="Full layer or attention only?">
      <p>
        A layer has two halves: attention moves information between tokens (four matrices), the MLP transforms
        it at each token (three, and most of the weights). Full layer puts a small trainable pair of matrices
        beside all seven; attention only leaves the MLP as it was.
      </p>
      <p>
        In published comparisons, attention only learns clearly less than MLP only with the same number of
        parameters, and raising its rank does not make up for it. With all layers covered, LoRA follows full
        fine-tuning until its capacity is used up.
      </p>
      <p>
        Attention only still has its place: smaller adapters, less memory, and agreement with adapters that
        were made that way before.
      </p>
    </Why>
  );
}

/** Alpha over rank, as one types; a scale of one's own overrides it. */
function Multiplier() {
  const { watch } = useFormContext<FormValues>();
  const scale = Number(watch("lora_scale")) || Number(watch("lora_alpha")) / Number(watch("lora_rank"));
  if (!Number.isFinite(scale) || scale <= 0) return null;
  return (
    <p className="mt-1 text-sm text-soft">
      Updates are multiplied by <span className="mono text-ink">×{figure(scale)}</span>
    </p>
  );
}

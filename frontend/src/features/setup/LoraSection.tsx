import { Controller, useFormContext } from "react-hook-form";
import type { ModelProfile, TrainingEstimate } from "../../api";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Choice } from "../../ui/Choice";
import { Why } from "../../ui/Disclosure";
import { Field } from "../../ui/Field";
import { figure } from "../../ui/format";
import { ConfigField } from "./ConfigField";
import { choiceHelp, choiceLabel } from "./choices";
import { describe, type FormValues } from "./fields";
import { ModulePicker } from "./ModulePicker";
import { moduleTree, withModules } from "./modules";
import { useFieldNotes } from "./notes";

interface LoraSectionProps {
  /** undefined until it is read, null where the model lies outside of the library */
  profile: ModelProfile | null | undefined;
  estimate: TrainingEstimate | undefined;
}

/** What is trained and how much it can hold. */
export function LoraSection({ profile, estimate }: LoraSectionProps) {
  const { watch } = useFormContext<FormValues>();
  const method = String(watch("fine_tune_type"));
  return (
    <Section title={choiceLabel("fine_tune_type", method)}>
      <div className="grid gap-5">
        {method === "full" ? <NoAdapter /> : <Targets profile={profile} estimate={estimate} />}
        {watch("targets") === "custom" && method !== "full" && <Modules profile={profile} />}
        <ConfigField name="lora_keys" />
        <div className="grid gap-5 sm:grid-cols-2">
          <ConfigField name="lora_rank" />
          <ConfigField name="lora_alpha" why={<Multiplier estimate={estimate} />} />
        </div>
      </div>
    </Section>
  );
}

function Modules({ profile }: Pick<LoraSectionProps, "profile">) {
  if (profile) return <ModulePicker profile={profile} />;
  if (profile === undefined) return null;
  return (
    <p className="text-sm text-soft">
      Modules are listed for models of the library; name those of this one as keys.
    </p>
  );
}

function NoAdapter() {
  const { setValue } = useFormContext<FormValues>();
  return (
    <div>
      <p className="text-soft">
        Full fine-tuning changes the base's own weights, so there are no modules, ranks or multipliers to
        choose.
      </p>
      <Button
        className="mt-2"
        onClick={() => setValue("fine_tune_type", describe("fine_tune_type").initial as string)}
      >
        Train a LoRA adapter instead
      </Button>
    </div>
  );
}

function Targets({ profile, estimate }: LoraSectionProps) {
  const { title, choices } = describe("targets");
  const { getValues, setValue } = useFormContext<FormValues>();
  const notes = useFieldNotes("targets");
  /** A choice of one's own begins with what was chosen before. */
  const beginWith = (groups: TrainingEstimate["groups"]) => {
    const keys = groups.map(({ key }) => key);
    const tree = profile ? moduleTree(profile, Number(getValues("lora_num_layers"))) : [];
    setValue("lora_keys", withModules(keys, tree, [], true).join("\n"));
  };
  return (
    <Field label={title} why={<FullOrAttention />} {...notes}>
      {(control) => (
        <Controller<FormValues>
          name="targets"
          render={({ field: { value, onChange } }) => (
            <Choice
              {...control}
              value={String(value)}
              onChange={(choice) => {
                if (choice === "custom" && getValues("lora_keys") === "" && estimate)
                  beginWith(estimate.groups);
                onChange(choice);
              }}
              options={choices.map((choice) => ({
                value: choice,
                label: choiceLabel("targets", choice),
                help: choiceHelp("targets", choice),
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

/** What the backend makes of alpha, rank and scale. */
function Multiplier({ estimate }: { estimate: TrainingEstimate | undefined }) {
  if (!estimate) return null;
  return (
    <p className="mt-1 text-sm text-soft">
      Updates are multiplied by <span className="mono text-ink">×{figure(estimate.scale)}</span>
    </p>
  );
}

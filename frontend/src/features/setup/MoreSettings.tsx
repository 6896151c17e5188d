import { type ReactNode, useState } from "react";
import { useFormContext } from "react-hook-form";
import type { ModelProfile } from "../../api";
import { Section } from "../../ui/Card";
import { cx } from "../../ui/cx";
import { Drawer } from "../../ui/Disclosure";
import { applies } from "./applies";
import { BatchSize } from "./BatchSize";
import { ConfigField } from "./ConfigField";
import { describe, type FieldName, type FormValues } from "./fields";
import { defaults } from "./form";
import { useProblemAmong } from "./notes";
import { PatternRows } from "./PatternRows";

/** What is right as it stands for most runs, by subject; a closed drawer says what in it was changed. */
export function MoreSettings({ profile }: { profile: ModelProfile | null | undefined }) {
  return (
    <Section title="More settings">
      <div className="-mt-4 [&>details:first-child]:border-t-0">
        <Batches />
        <Subject
          title="Validation and stopping"
          names={["early_stop", "patience", "steps_per_eval", "val_batches", "val_data_path"]}
        />
        <Subject
          title="Optimizer and schedule"
          names={[
            "optimizer",
            "weight_decay",
            "lr_schedule",
            "warmup_steps",
            "max_grad_norm",
            "loraplus_lr_ratio",
            "seed",
          ]}
        />
        <Method profile={profile} />
        <Subject title="Masking" names={["mask_prompt", "train_on_turns"]} />
        <Subject
          title="Saving and reports"
          names={["steps_per_report", "save_every", "resume_adapter_file"]}
        />
        <Subject title="Several machines" names={["local_processes", "hosts"]} />
      </div>
    </Section>
  );
}

function Batches() {
  const names: FieldName[] = [
    "batch_size",
    "max_seq_length",
    "batch_tokens",
    "grad_accumulation_steps",
    "grad_checkpoint",
  ];
  return (
    <Subject title="Batches and memory" names={names}>
      <BatchSize />
      <ConfigField name="max_seq_length" />
      <ConfigField name="batch_tokens" />
      <ConfigField name="grad_accumulation_steps" />
      <div className={wide}>
        <ConfigField name="grad_checkpoint" />
      </div>
    </Subject>
  );
}

function Method({ profile }: { profile: ModelProfile | null | undefined }) {
  const { watch } = useFormContext<FormValues>();
  const values = watch();
  const hasExperts = !profile || profile.modules.some(({ group }) => group === "experts");
  const known = [...new Set(profile?.modules.map(({ group }) => group ?? "other"))];
  return (
    <Subject
      title="Method and modules"
      names={[
        "fine_tune_type",
        "lora_num_layers",
        "lora_dropout",
        "use_rslora",
        "lora_scale",
        "expert_rank",
        "rank_pattern",
        "alpha_pattern",
      ]}
    >
      <ConfigField name="fine_tune_type" className={wide} />
      <ConfigField
        name="lora_num_layers"
        {...(values.fine_tune_type === "full" && {
          help: "-1 trains the whole model, N its last N layers.",
        })}
      />
      <ConfigField name="lora_dropout" />
      <div className={wide}>
        <ConfigField name="use_rslora" />
      </div>
      <ConfigField name="lora_scale" />
      {(hasExperts || values.expert_rank !== "") && <ConfigField name="expert_rank" />}
      {(["rank_pattern", "alpha_pattern"] as const).map(
        (name) =>
          applies(name, values) && (
            <div key={name} className={wide}>
              <PatternRows name={name} suggestions={known} />
            </div>
          ),
      )}
    </Subject>
  );
}

const wide = "sm:col-span-2";

/** `names` are the settings in it; without children they are shown one after the other. */
function Subject({ title, names, children }: { title: string; names: FieldName[]; children?: ReactNode }) {
  const { watch } = useFormContext<FormValues>();
  const values = watch();
  const problem = useProblemAmong(names);
  const [open, setOpen] = useState(false);
  const initial = defaults();
  const changed = names.filter((name) => applies(name, values) && values[name] !== initial[name]);
  return (
    <Drawer
      title={title}
      detail={!open && !problem && changed.map((name) => describe(name).title).join(", ")}
      open={open || problem}
      onToggle={setOpen}
    >
      <div className="grid items-start gap-5 sm:grid-cols-2">
        {children ??
          names.map((name) => (
            <div key={name} className={cx("min-w-0 empty:hidden", needsRoom(name) && wide)}>
              <ConfigField name={name} />
            </div>
          ))}
      </div>
    </Drawer>
  );
}

function needsRoom(name: FieldName): boolean {
  const { kind } = describe(name);
  return (
    kind === "boolean" ||
    (kind === "text" && describe(name).choices.length === 0) ||
    kind === "list" ||
    name === "train_on_turns"
  );
}

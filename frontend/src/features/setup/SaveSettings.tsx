import { Download } from "lucide-react";
import { useState } from "react";
import { type TrainingConfig, useSaveSettingsMutation } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { FormDialog } from "../../ui/Dialog";
import { downloadText } from "../../ui/download";
import { Field } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import { TextInput } from "../../ui/TextInput";
import { useToast } from "../../ui/Toast";
import { toSave, toYaml } from "./settingsText";

interface SaveSettingsProps {
  config: TrainingConfig | null;
  onClose: () => void;
}

/** Saves the form under a name, asking before a name is replaced; or hands it out as YAML. */
export function SaveSettings({ config, onClose }: SaveSettingsProps) {
  const [name, setName] = useState(config?.adapter_name ?? "");
  const [taken, setTaken] = useState<string | null>(null);
  const [save, { isLoading, error, reset }] = useSaveSettingsMutation();
  const say = useToast();
  const replacing = taken === name.trim();
  const problem = error ? asApiError(error) : null;

  const submit = async () => {
    if (!config) return;
    const answer = await save({ name: name.trim(), replace: replacing, configChanges: toSave(config) });
    if (answer.data) {
      say(`The settings are saved as ${answer.data.name}.`);
      return onClose();
    }
    if (asApiError(answer.error).code === "settings_exist") setTaken(name.trim());
  };
  const yaml = config ? toYaml(config) : "";
  return (
    <FormDialog
      open
      title="Save these settings"
      submit={replacing ? `Replace ${name.trim()}` : "Save"}
      busy={isLoading || config === null || name.trim() === ""}
      onSubmit={submit}
      onClose={onClose}
    >
      {config === null ? (
        <Notice kind="warning" title="Something in the form cannot be read yet">
          <p>Errors and warnings beside Start say what; nothing is lost meanwhile.</p>
        </Notice>
      ) : (
        <div className="grid gap-4">
          <Field
            label="Name"
            help="Letters, digits, dots, dashes and underscores."
            warning={
              replacing ? `There are settings named ${taken} already; saving again replaces them.` : undefined
            }
            error={problem && problem.code !== "settings_exist" ? problem.detail : undefined}
          >
            {(control) => (
              <TextInput
                {...control}
                value={name}
                onChange={(event) => {
                  setName(event.target.value);
                  setTaken(null);
                  reset();
                }}
              />
            )}
          </Field>
          <div>
            <p className="mb-1.5 text-sm text-soft">Or take them away, to share or to keep elsewhere:</p>
            <div className="flex flex-wrap gap-2">
              <Button
                onClick={() => downloadText(yaml, `${name.trim() || "settings"}.yaml`, "application/yaml")}
              >
                <Download aria-hidden />
                Download YAML
              </Button>
              <CopyButton text={yaml} label="Copy YAML" />
            </div>
          </div>
        </div>
      )}
    </FormDialog>
  );
}

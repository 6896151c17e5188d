import type { ReactNode } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { Switch } from "../../ui/Choice";
import { Field, FieldNote } from "../../ui/Field";
import { Select } from "../../ui/Select";
import { NumberInput, TextInput } from "../../ui/TextInput";
import { describe, type FieldName } from "./fields";
import type { FormValues } from "./form";
import { useFieldNotes } from "./notes";

interface ConfigFieldProps {
  name: FieldName;
  help?: ReactNode;
  why?: ReactNode;
  className?: string;
}

/** One setting: label, help and unit from the backend's schema, and what is wrong or doubtful beside it. */
export function ConfigField({ name, help, why, className }: ConfigFieldProps) {
  const field = describe(name);
  const { register } = useFormContext<FormValues>();
  const notes = useFieldNotes(name);
  if (field.kind === "boolean") return <SwitchField name={name} />;
  return (
    <Field
      label={field.title}
      help={help ?? field.help}
      why={why}
      {...notes}
      {...(className && { className })}
    >
      {(control) => {
        if (field.choices.length > 0)
          return <ChoiceSelect name={name} choices={field.choices} control={control} />;
        if (field.kind === "text" || field.kind === "list")
          return <TextInput {...control} {...register(name)} />;
        return <NumberInput unit={field.unit} {...control} {...register(name)} />;
      }}
    </Field>
  );
}

function ChoiceSelect({ name, choices, control }: { name: FieldName; choices: string[]; control: object }) {
  return (
    <Controller<FormValues>
      name={name}
      render={({ field: { value, onChange } }) => (
        <Select
          {...control}
          value={String(value)}
          onChange={onChange}
          options={choices.map((choice) => ({ value: choice, label: choice }))}
        />
      )}
    />
  );
}

function SwitchField({ name }: { name: FieldName }) {
  const { title, help } = describe(name);
  const { error, warning } = useFieldNotes(name);
  return (
    <div>
      <div className="flex items-start gap-3">
        <Controller<FormValues>
          name={name}
          render={({ field: { value, onChange } }) => (
            <Switch
              aria-labelledby={`switch-${name}`}
              aria-describedby={`switch-${name}-help`}
              checked={value === true}
              onChange={onChange}
            />
          )}
        />
        <div className="min-w-0">
          <p id={`switch-${name}`} className="font-medium">
            {title}
          </p>
          <p id={`switch-${name}-help`} className="text-sm text-soft">
            {help}
          </p>
        </div>
      </div>
      <FieldNote id={`switch-${name}-note`} error={error} warning={warning} />
    </div>
  );
}

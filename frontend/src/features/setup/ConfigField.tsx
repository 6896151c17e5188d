import type { ReactNode } from "react";
import { Controller, useFormContext } from "react-hook-form";
import { Choice, Switch } from "../../ui/Choice";
import { Field, FieldNote } from "../../ui/Field";
import { Select } from "../../ui/Select";
import { NumberInput, TextArea, TextInput } from "../../ui/TextInput";
import { applies } from "./applies";
import { choiceHelp, choiceLabel } from "./choices";
import { describe, type FieldName, type FormValues } from "./fields";
import { useFieldNotes } from "./notes";
import { whyOf } from "./whys";

interface ConfigFieldProps {
  name: FieldName;
  help?: ReactNode;
  why?: ReactNode;
  className?: string;
}

/**
 * One setting: label, help, unit and limits from the backend's schema, and what is wrong or doubtful beside it. Nothing
 * where the run has no such setting.
 */
export function ConfigField({ name, help, why, className }: ConfigFieldProps) {
  const field = describe(name);
  const { watch } = useFormContext<FormValues>();
  const notes = useFieldNotes(name);
  if (!applies(name, watch())) return null;
  if (field.kind === "boolean") return <SwitchField name={name} />;
  return (
    <Field
      label={field.title}
      help={help ?? (isRows(name) ? undefined : `${field.help} ${field.limits}`.trim())}
      why={why ?? whyOf(name)}
      {...notes}
      {...(className && { className })}
    >
      {(control) => <Input name={name} control={control} />}
    </Field>
  );
}

function Input({ name, control }: { name: FieldName; control: object }) {
  const { register } = useFormContext<FormValues>();
  const { choices, kind, unit } = describe(name);
  if (choices.length > 0) return <OneOf name={name} choices={choices} control={control} />;
  if (kind === "list")
    return (
      <TextArea
        rows={2}
        className="mono field-sizing-content max-h-60 min-h-15"
        {...control}
        {...register(name)}
      />
    );
  if (kind === "text") return <TextInput {...control} {...register(name)} />;
  return <NumberInput unit={unit} {...control} {...register(name)} />;
}

/** Whether each choice has a sentence of its own. */
function isRows(name: FieldName): boolean {
  const { choices } = describe(name);
  return choices.length > 0 && choices.every((choice) => choiceHelp(name, choice));
}

function OneOf({ name, choices, control }: { name: FieldName; choices: string[]; control: object }) {
  return (
    <Controller<FormValues>
      name={name}
      render={({ field: { value, onChange } }) => {
        const chosen = { ...control, value: String(value), onChange };
        const options = choices.map((choice) => ({ value: choice, label: choiceLabel(name, choice) }));
        if (!isRows(name)) return <Select {...chosen} options={options} />;
        return (
          <Choice
            {...chosen}
            options={options.map((option) => ({ ...option, help: choiceHelp(name, option.value) }))}
          />
        );
      }}
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
              aria-describedby={`switch-${name}-help switch-${name}-note`}
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
          {whyOf(name)}
        </div>
      </div>
      <FieldNote id={`switch-${name}-note`} error={error} warning={warning} />
    </div>
  );
}

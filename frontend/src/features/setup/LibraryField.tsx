import { useState } from "react";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { type Option, Select } from "../../ui/Select";
import { TextInput } from "../../ui/TextInput";
import { describe, type FieldName } from "./fields";
import { useFieldNotes } from "./notes";

const elsewhere = "\u0000elsewhere";

/** Something of the library by its name, or a path that is typed. */
export function LibraryField({
  name,
  value,
  options,
  loading,
  elsewhereLabel,
  onChange,
}: {
  name: FieldName;
  value: string;
  options: Option[];
  loading: boolean;
  elsewhereLabel: string;
  onChange: (value: string) => void;
}) {
  const { title, help } = describe(name);
  const notes = useFieldNotes(name);
  const listed = value === "" || options.some((option) => option.value === value);
  const [typing, setTyping] = useState(false);
  const asPath = typing || (!listed && !loading);
  return (
    <Field label={title} help={asPath ? help : undefined} {...notes}>
      {(control) =>
        asPath ? (
          <div className="flex gap-2">
            <TextInput
              {...control}
              className="mono"
              value={value}
              placeholder="/path/to/folder"
              onChange={(event) => onChange(event.target.value)}
            />
            <Button
              onClick={() => {
                setTyping(false);
                onChange(options.find((option) => !option.disabled)?.value ?? "");
              }}
            >
              From the list
            </Button>
          </div>
        ) : (
          <Select
            {...control}
            value={value}
            placeholder={loading ? "" : "Choose"}
            options={[...options, { value: elsewhere, label: elsewhereLabel }]}
            onChange={(chosen) => {
              setTyping(chosen === elsewhere);
              onChange(chosen === elsewhere ? "" : chosen);
            }}
          />
        )
      }
    </Field>
  );
}

import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useAddModelMutation } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { TextInput } from "../../../ui/TextInput";
import { modelAddress } from "../words";

/** A folder of any place on this machine: linked, not copied. */
export function FolderForm() {
  const [search] = useSearchParams();
  const [path, setPath] = useState(search.get("path") ?? "");
  const [name, setName] = useState("");
  const [add, { isLoading, error, reset }] = useAddModelMutation();
  const navigate = useNavigate();
  const refused = error ? asApiError(error) : undefined;
  const aboutName = refused?.fields.find(({ field }) => field === "name")?.message;

  const submit = async () => {
    const { data } = await add({ newLink: { path: path.trim(), name: name.trim() || null } });
    if (data) navigate(modelAddress(data.name));
  };
  const typing = (set: (text: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value);
    if (error) reset();
  };
  return (
    <form
      noValidate
      className="grid max-w-[640px] grid-cols-1 gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (path.trim()) void submit();
      }}
    >
      <Field
        label="Path of the folder"
        help="With config.json, a tokenizer and safetensors weights, as the hub has it or as mlx-lm writes it. It is used where it lies: nothing is copied."
        error={aboutName ? undefined : refused?.detail}
      >
        {(control) => (
          <TextInput
            {...control}
            className="mono"
            placeholder="/Users/me/models/my-model"
            value={path}
            onChange={typing(setPath)}
          />
        )}
      </Field>
      <Field label="Name" help="Empty takes that of the folder." error={aboutName}>
        {(control) => <TextInput {...control} value={name} onChange={typing(setName)} />}
      </Field>
      <Button
        type="submit"
        look="primary"
        className="justify-self-start"
        disabled={isLoading || path.trim() === ""}
      >
        Add it
      </Button>
    </form>
  );
}

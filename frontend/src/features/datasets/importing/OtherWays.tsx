import { useState } from "react";
import { useBeginImportMutation } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { TextArea, TextInput } from "../../../ui/TextInput";

interface WayProps {
  onDraft: (draftId: string) => void;
}

/** A file or folder of this machine, read where it lies. */
export function PathForm({ onDraft }: WayProps) {
  const [path, setPath] = useState("");
  const [begin, { isLoading, error }] = useBeginImportMutation();
  const submit = async () => {
    const { data } = await begin({ newImport: { path: path.trim() } });
    if (data) onDraft(data.id);
  };
  return (
    <form
      aria-label="From a path"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label="Or a path on this machine"
        help="A file or a folder. It is read where it lies, and not copied before it is imported."
        error={error && asApiError(error).detail}
      >
        {(control) => (
          <div className="flex gap-2">
            <TextInput
              {...control}
              className="mono"
              placeholder="/data/answers.csv"
              value={path}
              onChange={(event) => setPath(event.target.value)}
            />
            <Button type="submit" disabled={path.trim() === "" || isLoading}>
              Read it
            </Button>
          </div>
        )}
      </Field>
    </form>
  );
}

/** Text out of the clipboard. */
export function PasteForm({ onDraft }: WayProps) {
  const [text, setText] = useState("");
  const [begin, { isLoading, error }] = useBeginImportMutation();
  const submit = async () => {
    const { data } = await begin({ newImport: { text } });
    if (data) onDraft(data.id);
  };
  return (
    <form
      aria-label="From text"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label="Or pasted text"
        help="Lines of JSON, a table, or prose: the same shapes as in files."
        error={error && asApiError(error).detail}
      >
        {(control) => (
          <TextArea
            {...control}
            className="mono"
            rows={4}
            spellCheck={false}
            placeholder={'{"question": "Where is the ferry?", "answer": "At the pier."}'}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" className="mt-2" disabled={text.trim() === "" || isLoading}>
        Use this text
      </Button>
    </form>
  );
}

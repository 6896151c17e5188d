import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { useFormContext } from "react-hook-form";
import type { ReadSettings } from "../../api";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { Field, NoteIcon } from "../../ui/Field";
import { plural } from "../../ui/format";
import { TextArea } from "../../ui/TextInput";
import { describe, type FormValues } from "./fields";
import { SavedList } from "./SavedList";
import { differing, toFill } from "./settingsText";
import type { GuidanceOfForm } from "./useGuidance";
import { useReadSettings } from "./useReadSettings";

interface LoadSettingsProps {
  onLoad: GuidanceOfForm["load"];
  onClose: () => void;
}

/** Settings from the list, from a file or pasted; what they would change is told before they are taken. */
export function LoadSettings({ onLoad, onClose }: LoadSettingsProps) {
  const { text, origin, read, problem, type, choose } = useReadSettings();
  const { watch } = useFormContext<FormValues>();
  const found = read ? Object.keys(toFill(read.settings)).length : 0;
  const submit = () => {
    if (!read || found === 0) return;
    onLoad(origin, toFill(read.settings));
    onClose();
  };
  return (
    <FormDialog
      open
      wide
      title="Load settings"
      submit="Use these settings"
      busy={found === 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <div className="grid gap-5">
        <SavedList chosen={origin} onChoose={(saved) => choose(saved.name, saved.yaml)} />
        <Field
          label="From a file, or pasted"
          aside={<FromFile onText={choose} />}
          help="YAML with one setting a line, or the config.yaml of a run."
          error={problem ?? undefined}
        >
          {(control) => (
            <TextArea
              rows={5}
              spellCheck={false}
              className="mono max-h-60 text-sm"
              placeholder={"learning_rate: 1e-4\niterations: 300"}
              {...control}
              value={text}
              onChange={(event) => type(event.target.value)}
            />
          )}
        </Field>
        {read && <WhatItSays read={read} found={found} values={watch()} />}
      </div>
    </FormDialog>
  );
}

function FromFile({ onText }: { onText: (name: string, text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [tooLarge, setTooLarge] = useState(false);
  return (
    <span className="flex items-center gap-2">
      {tooLarge && <span className="text-sm text-bad">That file is too large for settings.</span>}
      <input
        ref={input}
        type="file"
        accept=".yaml,.yml,.json,.txt"
        aria-label="A settings file"
        className="hidden"
        onChange={async (event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          setTooLarge(file !== undefined && file.size > mostBytes);
          if (file && file.size <= mostBytes) onText(file.name.replace(/\.\w+$/, ""), await file.text());
        }}
      />
      <Button onClick={() => input.current?.click()}>
        <FileUp aria-hidden />
        Choose a file
      </Button>
    </span>
  );
}

const mostBytes = 1_000_000;

/** How much was read, what of it differs from the form, and every line that could not be taken. */
function WhatItSays({ read, found, values }: { read: ReadSettings; found: number; values: FormValues }) {
  const titles = differing(values, read.settings).map((name) => describe(name).title);
  return (
    <div role="status" className="grid gap-2 text-sm">
      <p>
        {found === 0
          ? "No setting could be read."
          : titles.length === 0
            ? `${plural(found, "setting")} read; the form says the same already.`
            : `${plural(found, "setting")} read. ${found === 1 ? "It changes" : "They change"} ${titles.join(", ")}.`}
      </p>
      {read.problems.length > 0 && (
        <ul className="grid max-h-40 gap-1 overflow-y-auto text-warn" aria-label="Left out">
          {read.problems.map(({ line, message }) => (
            <li key={`${line} ${message}`} className="flex gap-1.5">
              <NoteIcon bad={false} />
              <span className="min-w-0 break-words">
                Line <span className="mono">{line}</span> is left out: {message}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

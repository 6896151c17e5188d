import { FileUp } from "lucide-react";
import { type DragEvent, useId, useRef, useState } from "react";
import { Button } from "../../../ui/Button";
import { cx } from "../../../ui/cx";
import { Notice } from "../../../ui/Notice";
import { type ChosenFile, fromDrop, fromInput } from "./chosenFiles";

const endings = ".jsonl,.ndjson,.json,.csv,.tsv,.parquet,.txt,.md,.gz,.zip";

/** A place to drop files or a folder, and buttons to choose them. */
export function DropZone({ onFiles }: { onFiles: (files: ChosenFile[]) => void }) {
  const [over, setOver] = useState(false);
  const [unread, setUnread] = useState<string | null>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    setUnread(null);
    fromDrop(event.dataTransfer).then(onFiles, ({ message }: Error) => setUnread(message));
  };
  return (
    <>
      {unread && (
        <Notice kind="error" title="Nothing was copied">
          {unread}
        </Notice>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way more; the buttons inside do the same by keyboard */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={cx(
          "grid justify-items-center gap-3 rounded-lg border border-dashed px-4 py-10 text-center transition-colors duration-120",
          over ? "border-accent bg-accent-ground" : "border-edge bg-surface",
        )}
      >
        <FileUp aria-hidden className="size-6 text-soft" />
        <p className="max-w-prose">Drop files or a folder here</p>
        <ChooseButtons onFiles={onFiles} look="primary" />
        <p className="max-w-prose text-sm text-soft">
          JSONL, JSON, CSV, Parquet or plain text, also packed as .gz or .zip. They are copied into the
          studio’s own folder; nothing leaves this machine.
        </p>
      </div>
    </>
  );
}

/** The same without a place to drop. */
export function ChooseButtons({
  onFiles,
  look = "plain",
}: {
  onFiles: (files: ChosenFile[]) => void;
  look?: "primary" | "plain";
}) {
  return (
    <span className="flex flex-wrap justify-center gap-2">
      <ChooseButton words="Choose files" look={look} onFiles={onFiles} />
      <ChooseButton words="Choose a folder" folder onFiles={onFiles} />
    </span>
  );
}

function ChooseButton({
  words,
  folder = false,
  look = "plain",
  onFiles,
}: {
  words: string;
  folder?: boolean;
  look?: "primary" | "plain";
  onFiles: (files: ChosenFile[]) => void;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button look={look} onClick={() => input.current?.click()}>
        {words}
      </Button>
      <input
        ref={input}
        id={id}
        type="file"
        multiple
        hidden
        aria-label={words}
        accept={folder ? undefined : endings}
        // @ts-expect-error: every browser knows it, React's types do not
        webkitdirectory={folder ? "" : undefined}
        onChange={(event) => {
          onFiles(fromInput(event.target.files ?? []));
          event.target.value = "";
        }}
      />
    </>
  );
}

import { useState } from "react";
import { useNavigate } from "react-router";
import type { ImportDraft, ImportFile } from "../../../api";
import type { ApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Why } from "../../../ui/Disclosure";
import { Failure } from "../../../ui/Faces";
import { NoteIcon } from "../../../ui/Field";
import { bytes, plural } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { Discard } from "../Discard";
import { filesInWords, splitNames } from "../words";
import type { ChosenFile } from "./chosenFiles";
import { ChooseButtons, DropZone } from "./DropZone";
import { UploadProgress } from "./UploadProgress";
import type { Upload } from "./useUpload";

const shownFiles = 200;

/** What was brought, and what is wrong with it. */
export function FilesSection({
  draft,
  upload,
  problem,
  onFiles,
  onCancel,
}: {
  draft: ImportDraft;
  upload: Upload | null;
  /** why files did not arrive */
  problem: ApiError | null;
  onFiles: (files: ChosenFile[]) => void;
  onCancel: () => void;
}) {
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const { files, path } = draft;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <section aria-labelledby="brought" className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h2 id="brought" className="text-xl font-semibold [overflow-wrap:anywhere]">
            {path ?? filesInWords(files.map(({ name }) => name))}
          </h2>
          <p className="text-soft">
            {plural(files.length, "file")}, {bytes(total)}
          </p>
        </div>
        <span className="flex flex-wrap gap-2">
          {draft.origin === "upload" && files.length > 0 && !upload && (
            <Button look="quiet" aria-expanded={adding} onClick={() => setAdding(!adding)}>
              Add files
            </Button>
          )}
          <Discard draft={draft} words="Start over" onGone={() => navigate("/data/import")} />
        </span>
      </div>
      {draft.problem && files.length > 0 && (
        <Notice kind="error" title="Nothing of this can be read">
          <p>{draft.problem}</p>
        </Notice>
      )}
      {files.length > 0 && (
        <Why label={files.length === 1 ? "The file" : "The files"}>
          <ul className="grid gap-1">
            {files.slice(0, shownFiles).map((file) => (
              <FileRow key={file.name} file={file} />
            ))}
          </ul>
          {files.length > shownFiles && <p>{plural(files.length - shownFiles, "more file")}</p>}
        </Why>
      )}
      <FileProblems files={files} />
      {problem && <Failure title="The files could not be copied" problem={problem} />}
      {upload && <UploadProgress upload={upload} onCancel={onCancel} />}
      {!upload && files.length === 0 && <DropZone onFiles={onFiles} />}
      {!upload && files.length > 0 && adding && (
        <p className="animate-appear">
          <ChooseButtons onFiles={onFiles} />
        </p>
      )}
    </section>
  );
}

function FileRow({
  file: { name, bytes: size, kind, split, encoding, delimiter, taken },
}: {
  file: ImportFile;
}) {
  const facts = [
    bytes(size),
    kind && kindNames[kind],
    encoding,
    delimiter && `columns divided by ${delimiterNames[delimiter] ?? `“${delimiter}”`}`,
    split && `${splitNames[split]} split`,
    !taken && "not read",
  ];
  return (
    <li className="[overflow-wrap:anywhere]">
      <span className="text-ink">{name}</span>, {facts.filter(Boolean).join(", ")}
    </li>
  );
}

function FileProblems({ files }: { files: ImportFile[] }) {
  const bad = files.filter(({ problem }) => problem !== null);
  if (bad.length === 0) return null;
  return (
    <ul className="grid gap-1 text-sm text-warn">
      {bad.slice(0, shownFiles).map(({ name, problem }) => (
        <li key={name} className="flex gap-1.5">
          <NoteIcon bad={false} />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            {name}: {problem}
          </span>
        </li>
      ))}
    </ul>
  );
}

const kindNames: Record<NonNullable<ImportFile["kind"]>, string> = {
  jsonl: "JSON lines",
  json: "JSON",
  csv: "a table",
  parquet: "Parquet",
  text: "plain text",
};

const delimiterNames: { [delimiter: string]: string } = {
  ",": "commas",
  ";": "semicolons",
  "\t": "tabs",
  "|": "bars",
};

import type { Dataset } from "../../../api";
import { CopyIcon } from "../../../ui/CopyButton";
import { Why } from "../../../ui/Disclosure";
import { bytes, moment } from "../../../ui/format";
import { filesInWords, formatNames, isLearnedFrom, rowsInWords } from "../words";

/** What a data set is, where it came from, and what was done to it. */
export function About({ dataset }: { dataset: Dataset }) {
  const { description, format, path, source, created_at, done, problem } = dataset;
  return (
    <div className="max-w-prose">
      {description && <p>{description}</p>}
      <p className="text-soft">
        {format ? `${formatNames[format]}: ` : ""}
        {problem === null && (
          <>
            <span className="mono">{rowsInWords(dataset)}</span>,{" "}
          </>
        )}
        {bytes(dataset.bytes)}
        {source ? `, made from ${filesInWords(source.files.map(({ name }) => name))} ` : ", changed "}
        {moment(created_at)}.
      </p>
      {problem === null && !isLearnedFrom(dataset) && (
        <p className="mt-2">
          It is kept for training on preferences and rewards; fine-tuning reads text, conversations, and
          prompts with completions.
        </p>
      )}
      {done.length > 0 && (
        <ul className="mt-2 list-disc pl-5 text-soft">
          {done.map((sentence) => (
            <li key={sentence} className="[overflow-wrap:anywhere]">
              {sentence}
            </li>
          ))}
        </ul>
      )}
      <Why label="Files and where they came from">
        <p className="flex items-center gap-2">
          <span className="mono [overflow-wrap:anywhere]">{path}</span>
          <CopyIcon text={path} label="Copy the path" />
        </p>
        {!source && <p>Nothing is recorded about where it came from: it was put into the folder by hand.</p>}
        {source?.path && (
          <p>
            Read from <span className="mono [overflow-wrap:anywhere]">{source.path}</span>
          </p>
        )}
        {source && (
          <dl className="grid gap-2">
            {source.files.map(({ name, sha256, bytes: size }) => (
              <div key={name}>
                <dt className="text-ink [overflow-wrap:anywhere]">
                  {name}, {bytes(size)}
                </dt>
                <dd className="mono text-xs [overflow-wrap:anywhere]">SHA-256 {sha256}</dd>
              </div>
            ))}
          </dl>
        )}
      </Why>
    </div>
  );
}

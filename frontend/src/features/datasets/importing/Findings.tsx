import type { Finding, FindingPlace } from "../../../api";
import { Why } from "../../../ui/Disclosure";
import { NoteIcon } from "../../../ui/Field";
import { plural, whole } from "../../../ui/format";
import { Segments } from "../../../ui/Segments";
import type { Choice } from "./edited";

const choiceNames: Record<Choice, string> = {
  stop: "Stop",
  skip: "Leave out",
  fix: "Mend",
  keep: "Keep",
};

/** What was found in the rows, and what shall become of each kind. */
export function Findings({
  findings,
  choices,
  onChoose,
}: {
  findings: Finding[];
  choices: { [kind: string]: Choice };
  onChoose: (kind: string, choice: Choice) => void;
}) {
  return (
    <ul className="grid grid-cols-1">
      {findings.map((finding) => (
        <OneFinding
          key={finding.kind}
          finding={finding}
          chosen={chosenFor(finding, choices)}
          onChoose={(choice) => onChoose(finding.kind, choice)}
        />
      ))}
    </ul>
  );
}

/** What is decided by hand, else what holds where nobody decides. */
export function chosenFor(
  { kind, chosen, choices: possible }: Finding,
  decided: { [kind: string]: Choice },
): Choice {
  const own = decided[kind];
  return own && possible.includes(own) ? own : chosen;
}

function OneFinding({
  finding,
  chosen,
  onChoose,
}: {
  finding: Finding;
  chosen: Choice;
  onChoose: (choice: Choice) => void;
}) {
  const { title, count, sentence, choices, fix_words, places } = finding;
  return (
    <li className="grid grid-cols-1 gap-x-8 gap-y-3 border-t border-line py-4 wide:grid-cols-[minmax(0,1fr)_18rem]">
      <div className="min-w-0">
        <h3 className="flex gap-2 font-medium">
          {chosen === "stop" && (
            <span className="text-bad">
              <NoteIcon bad />
            </span>
          )}
          <span className="min-w-0">
            {title} <span className="font-normal text-soft">in {plural(count, "row")}</span>
          </span>
        </h3>
        <p className="text-soft">{sentence}</p>
        <Why label={places.length < count ? `The first ${whole(places.length)} places` : "Where"}>
          <ol className="grid gap-3">
            {places.map((place) => (
              <Place key={`${place.file} ${place.line} ${place.column} ${place.field}`} place={place} />
            ))}
          </ol>
        </Why>
      </div>
      <div>
        <Segments<Choice>
          label={`What becomes of them: ${title}`}
          value={chosen}
          onChange={onChoose}
          options={choices.map((choice) => ({ value: choice, label: choiceNames[choice] }))}
        />
        <p className="mt-1 text-sm text-soft" aria-live="polite">
          {chosen === "fix" && fix_words ? fix_words : becomes[chosen]}
        </p>
      </div>
    </li>
  );
}

function Place({ place: { file, line, column, field, excerpt, sentence } }: { place: FindingPlace }) {
  return (
    <li className="min-w-0">
      <p className="[overflow-wrap:anywhere]">
        <span className="mono text-ink">
          {file}:{line}
          {column !== null && `:${column}`}
        </span>
        {field && <span> in “{field}”</span>} {sentence}
      </p>
      {excerpt && (
        <pre
          dir="auto"
          className="mono mt-1 rounded bg-sunken px-2 py-1 text-xs whitespace-pre-wrap text-ink [overflow-wrap:anywhere]"
        >
          {excerpt}
        </pre>
      )}
    </li>
  );
}

const becomes: Record<Choice, string> = {
  stop: "Nothing is imported while there are such rows.",
  skip: "These rows are not imported.",
  fix: "These rows are mended.",
  keep: "These rows are imported as they are.",
};

import {
  type ImportDraft,
  type ImportReport,
  useListDatasetsQuery,
  useWriteImportMutation,
} from "../../../api";
import { asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Section } from "../../../ui/Card";
import { Choice } from "../../../ui/Choice";
import { Failure } from "../../../ui/Faces";
import { Field } from "../../../ui/Field";
import { plural, whole } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { TextInput } from "../../../ui/TextInput";
import { splitNames, splits } from "../words";
import { type Edited, planOf } from "./edited";
import { chosenFor } from "./Findings";
import { freeName } from "./freeName";

/** A name, and the data set is written. */
export function ImportSection({
  draft,
  report,
  fresh,
  edited,
  change,
  notWritten,
}: {
  draft: ImportDraft;
  report: ImportReport;
  fresh: boolean;
  edited: Edited;
  change: (changes: Partial<Edited>) => void;
  notWritten: string | null | undefined;
}) {
  const [write, { isLoading, error }] = useWriteImportMutation();
  const { data: datasets } = useListDatasetsQuery();
  const refused = error ? asApiError(error) : null;
  const nameError = refused?.fields.find(({ field }) => field === "name")?.message;
  const name = edited.name.trim();
  const taken = datasets?.map((dataset) => dataset.name) ?? [];
  const isTaken = taken.includes(name);
  const free = freeName(name, taken);
  const plan = planOf(edited);
  const stopping = report.findings.filter((finding) => chosenFor(finding, edited.choices) === "stop");
  const waits = whyNot(report, fresh, stopping.length, isTaken && edited.onExisting === "refuse");
  const submit = () => {
    if (!plan || waits || !name) return;
    const onExisting = isTaken ? edited.onExisting : "refuse";
    const target = onExisting === "new_name" ? free : name;
    void write({ draftId: draft.id, writeRequest: { name: target, plan, on_existing: onExisting } });
  };
  return (
    <Section title="Import">
      <form
        className="grid max-w-2xl grid-cols-1 gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {notWritten && (
          <Notice kind="warning" title="It was not imported">
            {notWritten}
          </Notice>
        )}
        {stopping.length === 0 && fresh && <Outcome report={report} edited={edited} />}
        <Field label="Name" help="Letters, digits, dots, dashes and underscores." error={nameError}>
          {(control) => (
            <TextInput
              {...control}
              value={edited.name}
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        {isTaken && (
          <fieldset className="animate-appear">
            <legend className="mb-1 font-medium">There is a data set “{name}” already</legend>
            <Choice
              aria-label="If the name is taken"
              value={edited.onExisting}
              onChange={(value) => change({ onExisting: value as Edited["onExisting"] })}
              options={[
                { value: "refuse", label: "Do not import", help: "Choose another name first." },
                {
                  value: "new_name",
                  label: "Take the next free name",
                  help: `It will be called ${free}.`,
                },
                { value: "replace", label: "Replace it", help: "The rows that are there now will be gone." },
              ]}
            />
          </fieldset>
        )}
        {refused && !nameError && <Failure title="This could not be imported" problem={refused} />}
        <p className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button
            type="submit"
            look={waits ? "plain" : "primary"}
            disabled={Boolean(waits) || !plan || name === "" || isLoading}
          >
            Import
          </Button>
          {waits && <span className="text-sm text-soft">{waits}</span>}
        </p>
      </form>
    </Section>
  );
}

/** What will be there, as the check counted it. */
function Outcome({ report, edited }: { report: ImportReport; edited: Edited }) {
  const decidedSince = report.findings.some(
    (finding) => chosenFor(finding, edited.choices) !== finding.chosen,
  );
  if (decidedSince) {
    const left = report.findings
      .filter((finding) => chosenFor(finding, edited.choices) === "skip")
      .reduce((sum, { count }) => sum + count, 0);
    return (
      <p>
        {left === 0
          ? `All ${plural(report.rows_read, "row")} will be imported.`
          : `${plural(report.rows_read, "row")}, of which up to ${whole(left)} will be left out.`}
      </p>
    );
  }
  const counts = splits.filter((split) => report.splits[split] !== undefined);
  return (
    <div className="grid gap-1">
      <p>
        {counts.map((split) => `${whole(report.splits[split] ?? 0)} ${splitNames[split]}`).join(", ")} rows
        will be there.
      </p>
      {report.in_words.map((sentence) => (
        <p key={sentence} className="text-sm text-soft">
          {sentence}
        </p>
      ))}
    </div>
  );
}

function whyNot(report: ImportReport, fresh: boolean, stopping: number, nameTaken: boolean): string | null {
  if (!fresh) return "Check again first: something was changed.";
  if (stopping > 0) return `First decide about ${plural(stopping, "finding")} above.`;
  if (report.problem) return report.problem;
  return nameTaken ? "The name is taken." : null;
}

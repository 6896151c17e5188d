import { useCancelJobMutation, useListModelsQuery } from "../../../api";
import { Button } from "../../../ui/Button";
import { Section } from "../../../ui/Card";
import { Dot } from "../../../ui/Dot";
import { Failure } from "../../../ui/Faces";
import { Field } from "../../../ui/Field";
import { bytes, duration, plural } from "../../../ui/format";
import { JobProgress } from "../../../ui/JobProgress";
import { Notice } from "../../../ui/Notice";
import { Select } from "../../../ui/Select";
import { NumberInput } from "../../../ui/TextInput";
import { type Edited, problemsOf } from "./edited";
import { Findings } from "./Findings";
import type { Check } from "./useCheck";

const noModel = "\u0000none";

/** Every row is read once: how many there are, what is wrong with them, and what shall become of those. */
export function CheckSection({
  edited,
  check,
  change,
}: {
  edited: Edited;
  check: Check;
  change: (changes: Partial<Edited>) => void;
}) {
  const { job, failed, report, fresh, problem, begin } = check;
  const [cancel, { isLoading: cancelling }] = useCancelJobMutation();
  return (
    <Section title="Check every row">
      <div className="grid grid-cols-1 gap-5">
        <LengthFields edited={edited} change={change} />
        {job ? (
          <JobProgress
            job={job}
            label="Progress of the check"
            busy={cancelling}
            onCancel={() => cancel({ jobId: job.id })}
          />
        ) : (
          <p className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <Button look={report && fresh ? "plain" : "primary"} disabled={!begin} onClick={() => begin?.()}>
              {report ? "Check again" : "Check"}
            </Button>
            <span className="text-sm text-soft">
              {report === null &&
                "Nothing is written yet: every row is read, and what is wrong with any is listed here."}
              {report && !fresh && "Something above was changed since the last check."}
            </span>
          </p>
        )}
        {problem && <Failure title="This cannot be checked" problem={problem} />}
        {failed && !job && <Notice title="The check did not come to its end">{failed}</Notice>}
        {report && !job && (
          <>
            <p role="status">
              {plural(report.rows_read, "row")} read, {bytes(report.bytes_read)} in {duration(report.seconds)}
              .{" "}
              {report.findings.length === 0
                ? "Nothing is wrong with any of them."
                : `${plural(report.findings.length, "finding")} to decide about.`}
            </p>
            {report.problem && <Notice kind="error">{report.problem}</Notice>}
            <Findings
              findings={report.findings}
              choices={edited.choices}
              onChoose={(kind, choice) => change({ choices: { ...edited.choices, [kind]: choice } })}
            />
          </>
        )}
      </div>
    </Section>
  );
}

/** Rows longer than a model will read are found only where a model is named. */
function LengthFields({ edited, change }: { edited: Edited; change: (changes: Partial<Edited>) => void }) {
  const { data: models = [] } = useListModelsQuery();
  const problems = problemsOf(edited);
  return (
    <div className="grid max-w-2xl grid-cols-1 gap-4 sm:grid-cols-2">
      <Field label="Measure lengths with" help="Finds rows that training would cut.">
        {(control) => (
          <Select
            {...control}
            leading={edited.model && <Dot colour="var(--color-base)" />}
            value={edited.model || noModel}
            onChange={(model) => change({ model: model === noModel ? "" : model })}
            options={[
              { value: noModel, label: "no model" },
              ...models.map(({ name, problem }) => ({
                value: name,
                label: name,
                detail: problem ?? undefined,
                disabled: Boolean(problem),
              })),
            ]}
          />
        )}
      </Field>
      {edited.model && (
        <Field label="Longest sequence" error={problems.get("length")}>
          {(control) => (
            <NumberInput
              {...control}
              unit="tokens"
              value={edited.length}
              onChange={(event) => change({ length: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}

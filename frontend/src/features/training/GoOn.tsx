import { Play, Plus } from "lucide-react";
import { useState } from "react";
import { type SessionDetail, useResumeSessionMutation } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { whole } from "../../ui/format";
import { NumberInput } from "../../ui/TextInput";

/** Lets a run at rest go on where it was, or a completed one go further; nothing where it cannot. */
export function GoOn({ session, look = "plain" }: { session: SessionDetail; look?: "plain" | "primary" }) {
  if (session.resumes_after === null) return null;
  if (session.resumes_after >= session.iterations) return <TrainFurther session={session} />;
  return <Resume session={session} after={session.resumes_after} look={look} />;
}

function Resume({
  session,
  after,
  look,
}: {
  session: SessionDetail;
  after: number;
  look: "plain" | "primary";
}) {
  const [resume, { isLoading, error }] = useResumeSessionMutation();
  const goOn = () => resume({ sessionId: session.id, resumeRequest: {} });
  return (
    <>
      <Button look={look} disabled={isLoading} onClick={goOn}>
        <Play aria-hidden />
        {words(session, after)}
      </Button>
      {error && (
        <p role="alert" className="order-last basis-full text-bad">
          {asApiError(error).detail}
        </p>
      )}
    </>
  );
}

function words({ state }: SessionDetail, after: number): string {
  if (state === "paused") return "Continue";
  return after > 0 ? `Resume from step ${whole(after)}` : "Start it again";
}

function TrainFurther({ session }: { session: SessionDetail }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Plus aria-hidden />
        Train further
      </Button>
      {open && <FurtherDialog session={session} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Asks up to which step; as many again are offered. */
function FurtherDialog({ session, onClose }: { session: SessionDetail; onClose: () => void }) {
  const [typed, setTyped] = useState(String(2 * session.iterations));
  const [resume, { isLoading, error }] = useResumeSessionMutation();
  const total = Number(typed);
  const submit = async () => {
    const answer = await resume({ sessionId: session.id, resumeRequest: { iterations: total } });
    if (answer.data) onClose();
  };
  const further = Number.isInteger(total) && total > session.iterations ? total - session.iterations : null;
  return (
    <FormDialog
      open
      title={`Train ${session.adapter_name} further`}
      submit={further === null ? "Train further" : `Train ${whole(further)} more`}
      busy={isLoading || further === null}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label="Steps in all"
        help={`${whole(session.iterations)} are done. The run goes on from there, with its optimizer and its place in the data.${schedule(session)}`}
        error={
          further === null
            ? `A whole number above ${whole(session.iterations)} is needed.`
            : error && asApiError(error).detail
        }
      >
        {(control) => (
          <NumberInput
            {...control}
            unit="steps"
            value={typed}
            onChange={(event) => setTyped(event.target.value.trim())}
          />
        )}
      </Field>
    </FormDialog>
  );
}

function schedule({ config }: SessionDetail): string {
  const constant = (config.lr_schedule ?? "constant") === "constant";
  return constant
    ? ""
    : " Its learning rate, which falls until the last step, is then that of the longer run.";
}

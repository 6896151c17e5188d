import { Play } from "lucide-react";
import type { TrainingEstimate } from "../../api";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { cx } from "../../ui/cx";
import { NoteIcon } from "../../ui/Field";
import { count, figure, percent, plural, whole } from "../../ui/format";
import { Num } from "../../ui/Num";
import type { Note } from "./notes";
import type { Estimate } from "./useEstimate";

/** What will be trained, what stands in the way, and the one button. Stays in view. */
export function Verdict({
  estimate,
  problems,
  warnings,
  starting,
  waiting,
}: {
  estimate: Estimate;
  problems: Note[];
  warnings: Note[];
  starting: boolean;
  /** another run is training, so that this one would queue */
  waiting: boolean;
}) {
  return (
    <Card className="grid gap-4 max-lg:gap-2 max-lg:p-3 lg:p-5">
      <h2 className="sr-only">The verdict</h2>
      {estimate.shown ? <Counts estimate={estimate.shown} fresh={estimate.fresh} /> : <NoCounts />}
      <Notes problems={problems} warnings={warnings} />
      <div>
        <Button type="submit" look="primary" disabled={starting} className="w-full">
          <Play aria-hidden />
          {starting ? "Checking model and data" : waiting ? "Add to the queue" : "Start training"}
        </Button>
        <p className="mt-2 text-center text-xs text-soft max-lg:hidden">
          {navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl"} + Enter
        </p>
      </div>
    </Card>
  );
}

function Counts({ estimate, fresh }: { estimate: TrainingEstimate; fresh: boolean }) {
  const { trainable_parameters, trainable_percent, total_parameters, groups } = estimate;
  return (
    <div
      className={cx("transition-colors duration-180", !fresh && "text-soft")}
      aria-live="polite"
      aria-atomic
    >
      <p className="text-xl font-semibold" data-testid="trainable">
        <Num short={count(trainable_parameters)} full={trainable_parameters} />
        <span className="text-base font-normal text-soft"> trainable parameters</span>
      </p>
      <p>
        <Num short={percent(trainable_percent)} full={`${trainable_percent}%`} /> of{" "}
        <Num short={count(total_parameters)} full={total_parameters} />
      </p>
      <dl className="mt-3 grid max-lg:hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 text-sm">
        <Row name="Exactly" value={whole(trainable_parameters)} />
        <Row name="Modules" value={`${whole(estimate.adapted_modules)} (${plural(groups.length, "key")})`} />
        <Row name="Layers" value={`${estimate.adapted_layers} of ${estimate.num_layers}`} />
        <Row name="Multiplier" value={`×${figure(estimate.scale)}`} />
        <Row name="Architecture" value={estimate.model_type} />
      </dl>
      {estimate.notes.map((note) => (
        <p key={note} className="mt-2 text-sm text-soft max-lg:hidden">
          {note}
        </p>
      ))}
    </div>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="mono text-right">{value}</dd>
    </>
  );
}

function NoCounts() {
  return (
    <p className="text-soft lg:min-h-44">
      The exact number of trainable parameters stands here once a model is chosen.
    </p>
  );
}

function Notes({ problems, warnings }: { problems: Note[]; warnings: Note[] }) {
  if (problems.length + warnings.length === 0) return null;
  return (
    <ul
      className="grid gap-1.5 border-t border-line pt-3 text-sm max-lg:max-h-28 max-lg:overflow-y-auto"
      aria-label="Errors and warnings"
    >
      {[
        ...problems.map((note) => ({ ...note, bad: true })),
        ...warnings.map((note) => ({ ...note, bad: false })),
      ].map(({ field, message, bad }) => (
        <li key={`${field} ${message}`} className={cx("flex gap-1.5", bad ? "text-bad" : "text-warn")}>
          <NoteIcon bad={bad} />
          <span className="min-w-0 break-words">{message}</span>
        </li>
      ))}
    </ul>
  );
}

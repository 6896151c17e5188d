import { Play, Save } from "lucide-react";
import type { ReactNode } from "react";
import { Button, ButtonLink } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { cx } from "../../ui/cx";
import { NoteIcon } from "../../ui/Field";
import { Counts } from "./Counts";
import type { Note } from "./notes";
import type { Estimate } from "./useEstimate";

/** What will be trained and what it takes, what stands in the way, and the one button. Stays in view. */
export function Verdict({
  estimate,
  problems,
  warnings,
  measurement,
  action,
}: {
  estimate: Estimate;
  problems: Note[];
  warnings: Note[];
  measurement: ReactNode;
  action: ReactNode;
}) {
  return (
    <Card className="grid max-h-[calc(100dvh-2rem)] gap-4 overflow-y-auto max-lg:flex max-lg:flex-wrap max-lg:gap-2 max-lg:p-3 lg:p-5">
      <h2 className="sr-only">The verdict</h2>
      <Counts estimate={estimate} />
      {measurement}
      <Notes problems={problems} warnings={warnings} />
      {action}
    </Card>
  );
}

/** `waiting`: another run trains, so that this one would queue. `filling`: its settings are still worked out. */
export function StartButton({
  busy,
  waiting,
  filling,
}: {
  busy: boolean;
  waiting: boolean;
  filling: boolean;
}) {
  const words = waiting ? "Add to the queue" : "Start training";
  return (
    <div className="max-lg:grow">
      <Button type="submit" look="primary" disabled={busy || filling} className="w-full">
        <Play aria-hidden />
        {busy ? "Checking model and data" : filling ? "Counting the data" : words}
      </Button>
      <Keys />
    </div>
  );
}

export function SaveButton({
  busy,
  filling,
  sessionId,
}: {
  busy: boolean;
  filling: boolean;
  sessionId: string;
}) {
  return (
    <div className="max-lg:basis-full">
      <div className="flex gap-2">
        <ButtonLink to={`/training/${sessionId}`}>Leave as it was</ButtonLink>
        <Button type="submit" look="primary" disabled={busy || filling} className="flex-1">
          <Save aria-hidden />
          {busy ? "Checking" : filling ? "Counting the data" : "Save changes"}
        </Button>
      </div>
      <Keys />
    </div>
  );
}

function Keys() {
  return (
    <p className="mt-2 text-center text-xs text-soft max-lg:hidden">
      {navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl"} + Enter
    </p>
  );
}

function Notes({ problems, warnings }: { problems: Note[]; warnings: Note[] }) {
  if (problems.length + warnings.length === 0) return null;
  return (
    <ul
      className="grid basis-full gap-1.5 border-t border-line pt-3 text-sm max-lg:max-h-28 max-lg:overflow-y-auto"
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

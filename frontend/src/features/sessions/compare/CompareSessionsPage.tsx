import { Check } from "lucide-react";
import { type ReactNode, useState } from "react";
import { OverlayChart } from "../../../charts/OverlayChart";
import { Button, ButtonLink } from "../../../ui/Button";
import { Empty, Loading } from "../../../ui/Faces";
import { plural } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { Segments } from "../../../ui/Segments";
import { axes, mostSessions, type Shown, smoothings, writeSessions } from "../address";
import type { Compared } from "./compared";
import { DifferenceTable } from "./DifferenceTable";
import { doubts } from "./doubts";
import { Legend } from "./Legend";
import { summary } from "./overlayRuns";
import type { Smoothing } from "./smooth";
import { type Runs, useRuns } from "./useRuns";
import { useShown } from "./useShown";

export function CompareSessionsPage() {
  const { shown, change } = useShown();
  if (shown.sessionIds.length === 0) return <NothingChosen />;
  return <Overlay shown={shown} change={change} />;
}

function NothingChosen() {
  return (
    <Empty
      title="No session is chosen"
      action={
        <ButtonLink to="/sessions" look="primary">
          Choose sessions
        </ButtonLink>
      }
    >
      Up to eight runs are shown in one chart, with what was set otherwise and what came of it.
    </Empty>
  );
}

interface OverlayProps {
  shown: Shown;
  change: (changes: Partial<Shown>) => void;
}

/** The runs over each other, then what differs between them. */
function Overlay({ shown, change }: OverlayProps) {
  const known = useRuns(shown);
  const { runs, smoothing } = known;
  return (
    <div className="grid grid-cols-1 gap-6">
      <Controls shown={shown} smoothing={smoothing} change={change} />
      {shown.sessionIds.length > mostSessions && (
        <Notice>
          The first {mostSessions} of {shown.sessionIds.length} sessions are shown: more lines cannot be told
          apart.
        </Notice>
      )}
      <ChartWithLegend shown={shown} known={known} change={change} />
      <Doubts runs={runs} />
      {runs.map(
        ({ session, course, number }) =>
          course.unreadable_lines > 0 && (
            <Notice key={session.id} kind="warning">
              {plural(course.unreadable_lines, "line")} in the log of run {number} cannot be read; the rest is
              drawn.
            </Notice>
          ),
      )}
      {runs.length > 0 && <DifferenceTable runs={runs} />}
    </div>
  );
}

/** Draws itself anew as the pointer moves; the rest of the page does not. */
function ChartWithLegend({ shown, known, change }: OverlayProps & { known: Runs }) {
  const [at, setAt] = useState<number | null>(null);
  const [picked, setPicked] = useState<number | null>(null);
  const { entries, runs, overlays, smoothing } = known;
  const legend = (
    <Legend
      entries={entries}
      by={shown.by}
      at={at}
      smoothed={smoothing !== "none"}
      onPick={setPicked}
      onRemove={(id) => change({ sessionIds: shown.sessionIds.filter((each) => each !== id) })}
    />
  );
  if (overlays.length > 0) {
    return (
      <OverlayChart
        runs={overlays}
        axis={shown.by}
        log={shown.log}
        picked={picked}
        onCursor={setAt}
        summary={summary(runs, shown.by)}
        legend={legend}
      />
    );
  }
  const waiting = entries.some(({ run, problem }) => !run && !problem);
  return (
    <div>
      {waiting ? <Loading label="Reading the losses" /> : <NothingToDraw runs={runs} />}
      {legend}
    </div>
  );
}

function Controls({ shown, smoothing, change }: OverlayProps & { smoothing: Smoothing }) {
  return (
    <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
      <Labelled label="Along">
        <Segments label="Along" value={shown.by} options={axes} onChange={(by) => change({ by })} />
      </Labelled>
      <Labelled label="Smoothing">
        <Segments
          label="Smoothing of the training loss"
          value={smoothing}
          options={smoothings}
          onChange={(smoothing) => change({ smoothing })}
        />
      </Labelled>
      <Button look="quiet" aria-pressed={shown.log} onClick={() => change({ log: !shown.log })}>
        {shown.log && <Check aria-hidden />}
        Log scale
      </Button>
      <ButtonLink
        to={{ pathname: "/sessions", search: writeSessions(shown.sessionIds).toString() }}
        className="wide:ml-auto"
      >
        Choose sessions
      </ButtonLink>
    </div>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span aria-hidden className="text-sm text-soft">
        {label}
      </span>
      {children}
    </span>
  );
}

function NothingToDraw({ runs }: { runs: Compared[] }) {
  return (
    <p className="py-10 text-center text-soft">
      {runs.length === 0
        ? "None of these sessions can be read."
        : "None of these runs has reported a loss yet. The first one is drawn here as it comes."}
    </p>
  );
}

function Doubts({ runs }: { runs: Compared[] }) {
  const sentences = doubts(runs);
  if (sentences.length === 0) return null;
  return (
    <Notice kind="warning" title="Compare with care">
      <ul className="grid gap-1">
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </Notice>
  );
}

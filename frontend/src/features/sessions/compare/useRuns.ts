import { useEffect, useMemo } from "react";
import type { OverlayRun } from "../../../charts/overlay";
import { distinctColours } from "../../../ui/runColour";
import { mostSessions, type Shown } from "../address";
import type { Compared } from "./compared";
import type { LegendEntry } from "./Legend";
import { hasPoints, overlayRuns } from "./overlayRuns";
import { type Smoothing, suitable } from "./smooth";
import { useCourses } from "./useCourses";
import { useSessionDetails } from "./useSessionDetails";

export interface Runs {
  /** what is known of every session in the address */
  entries: LegendEntry[];
  /** those that could be read, in their order */
  runs: Compared[];
  /** of those, the lines of the runs that have any */
  overlays: OverlayRun[];
  smoothing: Smoothing;
}

export function useRuns(shown: Shown): Runs {
  const ids = useMemo(() => shown.sessionIds.slice(0, mostSessions), [shown]);
  const asked = useSessionDetails(ids);
  const { courses, version } = useCourses(ids);

  useEffect(() => {
    for (const { session } of asked) if (session) courses.get(session.id)?.goOn(session.last_seq);
  }, [asked, courses]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: version stands for what the courses hold
  return useMemo(() => {
    const colours = distinctColours(
      asked.map(({ session }, place) => session?.adapter_name ?? ids[place] ?? ""),
    );
    const known = asked.map(({ session, problem }, place) => {
      const id = ids[place] ?? "";
      const number = place + 1;
      const log = courses.get(id);
      const colour = colours[place] ?? "";
      const run = session && log?.course ? { number, colour, session, course: log.course } : null;
      return { id, number, session, run, problem: problem ?? log?.problem ?? null };
    });
    const runs = known.flatMap(({ run }) => run ?? []);
    const smoothing = shown.smoothing ?? suitable(runs.map(({ course }) => course));
    const overlays = overlayRuns(runs, { by: shown.by, smoothing });
    const entries = known.map((each) => ({
      ...each,
      overlay: overlays.find(({ number }) => number === each.number) ?? null,
    }));
    return { entries, runs, overlays: overlays.filter(hasPoints), smoothing };
  }, [asked, ids, courses, version, shown]);
}

import { useEffect, useMemo, useSyncExternalStore } from "react";
import { CourseLog } from "./courseLog";

/** The courses of several runs, growing; `version` changes once a frame at most, when something was added. */
export function useCourses(sessionIds: string[]) {
  const courses = useMemo(() => new Courses(), []);
  const ids = sessionIds.join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is made anew with every drawing, its members count
  useEffect(() => courses.keep(sessionIds), [courses, ids]);
  useEffect(() => () => courses.keep([]), [courses]);
  const version = useSyncExternalStore(courses.subscribe, courses.getVersion);
  return { courses, version };
}

class Courses {
  private readonly logs = new Map<string, CourseLog>();
  private readonly listeners = new Set<() => void>();
  private version = 0;
  private frame = 0;

  get(sessionId: string): CourseLog | undefined {
    return this.logs.get(sessionId);
  }

  /** Reads those that are new, lets go of the others. */
  keep(sessionIds: string[]) {
    for (const [id, log] of this.logs) {
      if (sessionIds.includes(id)) continue;
      log.close();
      this.logs.delete(id);
    }
    for (const id of sessionIds) {
      if (!this.logs.has(id)) this.logs.set(id, new CourseLog(id, this.changed));
    }
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getVersion = () => this.version;

  private readonly changed = () => {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.version++;
      for (const listener of this.listeners) listener();
    });
  };
}

/** The course of one run: read thinned, then carried on by its events as they come. */

import type { Course } from "../../../api";
import { type ApiError, toApiError } from "../../../api/base";
import { Following } from "../../../api/following";
import { append, type RunEvent } from "./course";

export class CourseLog {
  course: Course | null = null;
  problem: ApiError | null = null;
  private isOpen = true;
  private readonly connection = new Following<RunEvent>({
    path: () => `${this.address}/events?after=${this.course?.last_seq ?? 0}`,
    take: (event) => this.take(event),
    isOver: () => this.course?.at_rest ?? true,
    onGone: () => void this.read(),
  });

  constructor(
    private readonly sessionId: string,
    private readonly onChange: () => void,
  ) {
    void this.read();
  }

  close() {
    this.isOpen = false;
    this.connection.close();
  }

  /** Reads on when the session is known to have gone on behind what was read. */
  goOn(lastSeq: number) {
    if (!this.course?.at_rest || lastSeq <= this.course.last_seq) return;
    this.course.at_rest = false;
    this.connection.follow();
  }

  readonly read = async () => {
    try {
      const answer = await fetch(`${this.address}/course`);
      const data = await answer.json();
      if (!this.isOpen) return;
      this.problem = answer.ok ? null : toApiError({ status: answer.status, data });
      this.course = answer.ok ? (data as Course) : null;
      this.onChange();
      if (this.course && !this.course.at_rest) this.connection.follow();
    } catch {
      if (this.isOpen) this.connection.again(() => void this.read());
    }
  };

  private get address() {
    return `/api/sessions/${encodeURIComponent(this.sessionId)}`;
  }

  private take(event: RunEvent) {
    if (!this.course) return;
    if (append(this.course, event)) {
      this.onChange();
    } else {
      this.connection.close();
      void this.read();
    }
  }
}

/** A run's events: read once, then followed. A lost connection continues behind the last event that arrived. */

import { Following } from "../../api/following";
import { apply, newRecord, type RunEvent, type RunRecord } from "./runRecord";

type Stage = "loading" | "following" | "complete" | "gone";

export class RunLog {
  readonly record: RunRecord = newRecord();
  stage: Stage = "loading";
  private version = 0;
  private frame = 0;
  private isOpen = false;
  private readonly listeners = new Set<() => void>();
  private readonly connection = new Following<RunEvent>({
    path: () => this.path,
    take: (event) => this.take([event]),
    isOver: () => this.record.rest !== null,
    onGone: () => this.setStage("gone"),
  });

  constructor(private readonly sessionId: string) {}

  /** Starts reading; returns what ends it. */
  readonly open = () => {
    this.isOpen = true;
    void this.read();
    return () => {
      this.isOpen = false;
      cancelAnimationFrame(this.frame);
      this.frame = 0;
      this.connection.close();
    };
  };

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getVersion = () => this.version;

  /** Follows again when the session is known to have gone on behind its last end. */
  goOn(lastSeq: number) {
    if (this.stage !== "complete" || lastSeq <= this.record.lastSeq) return;
    this.stage = "following";
    this.connection.follow();
  }

  private get path() {
    return `/api/sessions/${encodeURIComponent(this.sessionId)}/events?after=${this.record.lastSeq}`;
  }

  /** The history in one answer: quicker than one message an event. */
  private async read() {
    try {
      const answer = await fetch(this.path);
      if (answer.status === 404) return this.setStage("gone");
      if (!answer.ok) return this.again();
      this.take((await answer.json()) as RunEvent[]);
      if (this.isOpen && !this.record.rest) this.connection.follow();
    } catch {
      this.again();
    }
  }

  private again() {
    if (this.isOpen) this.connection.again(() => this.read());
  }

  private take(events: RunEvent[]) {
    if (!this.isOpen) return;
    for (const event of events) apply(this.record, event);
    this.setStage(this.record.rest ? "complete" : "following");
  }

  private setStage(stage: Stage) {
    this.stage = stage;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.version++;
      for (const listener of this.listeners) listener();
    });
  }
}

/** A run's events: read once, then followed. A lost connection continues behind the last event that arrived. */

import { apply, newRecord, type RunEvent, type RunRecord } from "./runRecord";

const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 5000;
const sessionGone = 4404;

type Stage = "loading" | "following" | "complete" | "gone";

export class RunLog {
  readonly record: RunRecord = newRecord();
  stage: Stage = "loading";
  private version = 0;
  private frame = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = firstPauseMilliseconds;
  private socket: WebSocket | null = null;
  private isOpen = false;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly sessionId: string) {}

  /** Starts reading; returns what ends it. */
  readonly open = () => {
    this.isOpen = true;
    void this.read();
    return () => {
      this.isOpen = false;
      clearTimeout(this.timer);
      cancelAnimationFrame(this.frame);
      this.frame = 0;
      this.socket?.close();
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
    this.follow();
  }

  private get path() {
    return `/api/sessions/${encodeURIComponent(this.sessionId)}/events?after=${this.record.lastSeq}`;
  }

  /** The history in one answer: quicker than one message an event. */
  private async read() {
    try {
      const answer = await fetch(this.path);
      if (answer.status === 404) return this.setStage("gone");
      if (!answer.ok) return this.again(() => this.read());
      this.take((await answer.json()) as RunEvent[]);
      if (this.isOpen && !this.record.rest) this.follow();
    } catch {
      this.again(() => this.read());
    }
  }

  private follow() {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${this.path}`);
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      this.pause = firstPauseMilliseconds;
      this.take([JSON.parse(data) as RunEvent]);
    };
    socket.onclose = ({ code }) => {
      if (code === sessionGone) this.setStage("gone");
      else if (!this.record.rest) this.again(() => this.follow());
    };
  }

  private again(attempt: () => void) {
    if (!this.isOpen) return;
    this.timer = setTimeout(attempt, this.pause);
    this.pause = Math.min(this.pause * 2, longestPauseMilliseconds);
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

/** A connection that brings a session's events as they come, and is made again when it is lost. */

const firstPauseMilliseconds = 500;
const longestPauseMilliseconds = 5000;
const sessionGone = 4404;

interface Follower<Event> {
  /** where the events behind the last one that arrived are */
  path: () => string;
  take: (event: Event) => void;
  /** whether the session has come to rest, so that the end of the connection is none too soon */
  isOver: () => boolean;
  onGone: () => void;
}

export class Following<Event> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = firstPauseMilliseconds;
  private socket: WebSocket | null = null;

  constructor(private readonly follower: Follower<Event>) {}

  follow() {
    const { path, take, isOver, onGone } = this.follower;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${path()}`);
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      this.pause = firstPauseMilliseconds;
      if (this.socket === socket) take(JSON.parse(data) as Event);
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      if (code === sessionGone) onGone();
      else if (!isOver()) this.again(() => this.follow());
    };
  }

  /** Tries once more a little later, and later each time. */
  again(attempt: () => void) {
    this.timer = setTimeout(attempt, this.pause);
    this.pause = Math.min(this.pause * 2, longestPauseMilliseconds);
  }

  close() {
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
  }
}

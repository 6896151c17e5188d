import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleStop,
  Flag,
} from "lucide-react";
import { cx } from "./cx";

const states = {
  queued: { words: "Queued", icon: CircleDashed, tone: "text-soft" },
  starting: { words: "Starting", icon: CirclePlay, tone: "text-accent" },
  running: { words: "Running", icon: CirclePlay, tone: "text-accent" },
  pausing: { words: "Pausing", icon: CirclePause, tone: "text-soft" },
  stopping: { words: "Stopping", icon: CircleStop, tone: "text-soft" },
  paused: { words: "Paused", icon: CirclePause, tone: "text-soft" },
  completed: { words: "Completed", icon: CircleCheck, tone: "text-ink" },
  stopped: { words: "Stopped", icon: CircleStop, tone: "text-soft" },
  early_stopped: { words: "Stopped early", icon: Flag, tone: "text-ink" },
  cancelling: { words: "Cancelling", icon: CircleStop, tone: "text-soft" },
  cancelled: { words: "Cancelled", icon: CircleStop, tone: "text-soft" },
  failed: { words: "Failed", icon: CircleAlert, tone: "text-bad" },
};

export function stateInWords(state: keyof typeof states): string {
  return states[state].words;
}

/** The state of a run or a job: an icon and a word, never the colour alone. */
export function StateLabel({ state }: { state: keyof typeof states }) {
  const { words, icon: Icon, tone } = states[state];
  return (
    <span className={cx("flex items-center gap-1.5 whitespace-nowrap", tone)}>
      <Icon aria-hidden className="size-4" />
      {words}
    </span>
  );
}

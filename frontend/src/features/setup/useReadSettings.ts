import { useRef, useState } from "react";
import { type ReadSettings, useReadSettingsTextMutation } from "../../api";
import { asApiError } from "../../api/base";

const pauseMilliseconds = 300;

/** A text of settings as it is typed or chosen, and what the server makes of it once the typing pauses. */
export function useReadSettings() {
  const [ask] = useReadSettingsTextMutation();
  const [text, setText] = useState("");
  const [origin, setOrigin] = useState("");
  const [read, setRead] = useState<ReadSettings | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef("");
  const pause = useRef(0);

  const look = async (asked: string) => {
    if (asked.trim() === "") return;
    const answer = await ask({ text: asked });
    if (asked !== latest.current) return;
    setRead(answer.data ?? null);
    setProblem(answer.error ? asApiError(answer.error).detail : null);
  };
  const put = (next: string, name: string, wait: number) => {
    latest.current = next;
    setText(next);
    setOrigin(name);
    setRead(null);
    setProblem(null);
    clearTimeout(pause.current);
    pause.current = window.setTimeout(() => void look(next), wait);
  };
  return {
    text,
    /** what the text is called: a saved name, or a file's */
    origin,
    read,
    problem,
    type: (next: string) => put(next, "", pauseMilliseconds),
    choose: (name: string, next: string) => put(next, name, 0),
  };
}

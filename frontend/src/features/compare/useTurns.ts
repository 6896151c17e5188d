import { useEffect, useMemo, useRef, useState } from "react";
import type { CompareRequest, Message } from "../../api";
import type { ColumnState } from "./columnStates";
import { asColumn, type ColumnPlan } from "./columns";
import { keepTurns, keptTurns } from "./keptTurns";
import { useColumns } from "./useColumns";

/** A question and what each column said to it. */
export interface Turn {
  id: number;
  prompt: string;
  answers: Map<string, ColumnState>;
}

interface Asked {
  id: number;
  prompt: string;
  keys: string[];
}

type Question = Omit<CompareRequest, "columns">;

export type Turns = ReturnType<typeof useTurns>;

/**
 * The questions asked one way, and the one that is being written. Every column goes on from its own answers.
 *
 * `keptFor` are the columns that this tab keeps them with for a reload; null where they are not kept.
 */
export function useTurns(keptFor: string | null) {
  const live = useColumns();
  const [past, setPast] = useState<Turn[]>(() => (keptFor === null ? [] : keptTurns(keptFor)));
  const [asked, setAsked] = useState<Asked | null>(null);
  const [cleared, setCleared] = useState<Turn[]>([]);
  const [draft, setDraft] = useState<string | null>(null);
  const nextId = useRef(past.length);

  const turns = useMemo(() => {
    const current = asked && live.columns.length > 0 ? [asTurn(asked, live.columns)] : [];
    return [...past, ...current];
  }, [past, asked, live.columns]);
  useKept(keptFor, turns, live.asking);

  /** Resolves to whether it was answered: a question that is refused as a whole leaves what stood there before. */
  const askAfter = async (before: Turn[], question: Question, plans: ColumnPlan[]) => {
    setPast(before);
    setCleared([]);
    setAsked({ id: nextId.current++, prompt: question.prompt, keys: plans.map(({ key }) => key) });
    const columns = plans.map((plan) => asColumn(plan, historyOf(plan.key, before)));
    const answers = await live.start({ ...question, columns });
    if (answers.length > 0) return true;
    setPast(turns);
    setCleared(cleared);
    return false;
  };

  const undoClear = () => {
    setPast(cleared);
    setCleared([]);
  };

  return {
    turns,
    /** null where nothing was typed */
    draft,
    write: setDraft,
    asking: live.asking,
    problem: live.problem,
    stop: live.stop,
    stopOne: (key: string) => live.stopOne(asked?.keys.indexOf(key) ?? -1),
    /** `goOn` keeps what was said before as the beginning of the conversation. */
    ask: (question: Question, plans: ColumnPlan[], goOn: boolean) =>
      askAfter(goOn ? turns : [], question, plans),
    /** The last question once more, in place of its answers. */
    askAgain: (question: Question, plans: ColumnPlan[]) => askAfter(turns.slice(0, -1), question, plans),
    clear: () => {
      setCleared(turns);
      setPast([]);
      live.clear();
    },
    /** null where nothing was cleared since the last question */
    undoClear: cleared.length === 0 ? null : undoClear,
  };
}

/** Writes the turns down when a question has been answered, and when the page is left while it is. */
function useKept(keptFor: string | null, turns: Turn[], asking: boolean) {
  const latest = useRef({ keptFor, turns });
  useEffect(() => {
    latest.current = { keptFor, turns };
    if (keptFor !== null && !asking) keepTurns(keptFor, turns);
  }, [keptFor, turns, asking]);
  useEffect(() => {
    const keep = () =>
      latest.current.keptFor === null || keepTurns(latest.current.keptFor, latest.current.turns);
    const onLeave = (event: BeforeUnloadEvent) => {
      if (!keep()) event.preventDefault();
    };
    window.addEventListener("beforeunload", onLeave);
    return () => {
      window.removeEventListener("beforeunload", onLeave);
      keep();
    };
  }, []);
}

function asTurn({ id, prompt, keys }: Asked, columns: ColumnState[]): Turn {
  return { id, prompt, answers: new Map(columns.map((column, index) => [keys[index] ?? "", column])) };
}

/** What a column was asked and has answered; a question that it did not answer is left out. */
function historyOf(key: string, turns: Turn[]): Message[] {
  return turns.flatMap(({ prompt, answers }): Message[] => {
    const text = answers.get(key)?.text;
    if (!text) return [];
    return [
      { role: "user", content: prompt },
      { role: "assistant", content: text },
    ];
  });
}

import { useEffect, useState } from "react";
import type { Libraries } from "../../api/libraries";
import { readSettings } from "./settings";
import type { useComparison } from "./useComparison";
import { useExamples } from "./useExamples";
import { useShortcuts } from "./useShortcuts";
import type { Turns } from "./useTurns";

/** What is typed or offered as the prompt, why it cannot be asked, and what was asked of the columns. */
export function useAsking(
  { comparison, plans, dataset, change }: ReturnType<typeof useComparison>,
  { datasets }: Libraries,
  turns: Turns,
) {
  const asConversation = comparison.mode === "conversation";
  const { examples, loading } = useExamples(dataset);
  const { draft, write } = turns;
  // What is offered may still change while it loads, but not under the caret of somebody who is in the field.
  const [held, setHeld] = useState<string | null>(null);
  const [refused, setRefused] = useState(false);
  const [early, setEarly] = useState(false);

  const spoken = asConversation && turns.turns.length > 0;
  const offered = spoken ? "" : (comparison.prompt ?? examples[0]?.prompt ?? "");
  const prompt = draft ?? held ?? offered;
  const dataUnknown = !dataset && datasets.some(({ problem }) => !problem);
  const examplesCome = draft === null && !spoken && !offered && (loading || dataUnknown);
  const { sampling, problems } = readSettings(comparison.settings);
  const answering = plans.filter(({ problem }) => !problem);
  const refusal = whyNot({ prompt, valid: sampling !== null, answering: answering.length });

  const ask = async () => {
    if (turns.asking) return;
    setEarly(examplesCome);
    setHeld(null);
    setRefused(refusal !== null && !examplesCome);
    if (refusal !== null || !sampling) return;
    if (!spoken) change({ prompt });
    write(asConversation ? "" : prompt);
    const question = { ...sampling, model_name: comparison.base, prompt };
    const answered = await turns.ask(question, answering, asConversation);
    if (!answered) write((since) => since || prompt);
  };
  const askAgain = () => {
    const last = turns.turns.at(-1);
    if (!sampling || answering.length === 0 || turns.asking || !last) return;
    void turns.askAgain({ ...sampling, model_name: comparison.base, prompt: last.prompt }, answering);
  };
  useEffect(() => {
    if (early && !examplesCome) void ask();
  });
  useShortcuts({ ask, stop: turns.asking ? turns.stop : null });

  const reference = examples.find((example) => example.prompt === prompt)?.answer;
  return {
    ...turns,
    spoken,
    prompt,
    examples,
    problems,
    /** why the prompt was not asked, until it can be */
    refusal: refused ? (refusal ?? undefined) : undefined,
    help: early
      ? "It is asked as soon as the first example is there."
      : reference
        ? `In the data the answer is: ${reference}`
        : undefined,
    type: (prompt: string) => {
      setEarly(false);
      write(prompt);
    },
    hold: () => setHeld(prompt),
    release: () => setHeld(null),
    ask,
    askAgain,
  };
}

function whyNot({ prompt, valid, answering }: { prompt: string; valid: boolean; answering: number }) {
  if (!valid) return "One of the settings is not valid; it says beside it what is.";
  if (answering === 0) return "None of the columns can answer; each says why.";
  return prompt.trim() ? null : "Write what the models are to answer.";
}

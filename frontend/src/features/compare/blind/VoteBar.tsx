import { type RefObject, useCallback } from "react";
import { Button } from "../../../ui/Button";
import { type Choice, letters } from "./round";

interface VoteBarProps {
  places: number;
  disabled: boolean;
  bar: RefObject<HTMLFieldSetElement | null>;
  onChoose: (choice: Choice) => void;
}

/** Better, tie or all bad, each with the key that says the same. */
export function VoteBar({ places, disabled, bar, onChoose }: VoteBarProps) {
  const choices: [key: string, words: string, choice: Choice][] = [
    ...letters
      .slice(0, places)
      .map((letter, place): [string, string, Choice] => [String(place + 1), `${letter} is better`, place]),
    ["t", "Tie", "tie"],
    ["0", places > 2 ? "All bad" : "Both bad", "both_bad"],
  ];
  return (
    <fieldset ref={bar} tabIndex={-1} disabled={disabled} className="flex flex-wrap gap-2 outline-none">
      <legend className="mb-2 font-medium">Which answer is better?</legend>
      {choices.map(([key, words, choice]) => (
        <Button key={key} aria-keyshortcuts={key} onClick={() => onChoose(choice)}>
          {words}
          <Key>{key}</Key>
        </Button>
      ))}
    </fieldset>
  );
}

export function Key({ children }: { children: string }) {
  return (
    <kbd aria-hidden className="mono rounded border border-line bg-sunken px-1.5 text-xs text-soft">
      {children}
    </kbd>
  );
}

/** Takes the focus as soon as it is there. */
export function useFocusOnArrival<Target extends HTMLElement>() {
  return useCallback((target: Target | null) => target?.focus({ preventScroll: true }), []);
}

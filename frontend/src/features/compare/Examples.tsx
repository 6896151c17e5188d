import type { Example } from "./useExamples";

/** Prompts that the training has not seen, to start from. */
export function Examples({
  examples,
  chosen,
  onChoose,
}: {
  examples: Example[];
  chosen: string;
  onChoose: (prompt: string) => void;
}) {
  return (
    // What goes on past the edge fades out there; the room at the end lets the last one come out of it.
    <ul
      className="-m-1 flex gap-2 overflow-x-auto mask-r-from-[calc(100%-4rem)] mask-r-to-100% p-1 pr-16"
      aria-label="Prompts not seen in training"
    >
      {examples.map(({ prompt }) => (
        <li key={prompt} className="max-w-60 shrink-0 sm:max-w-sm">
          <button
            type="button"
            aria-pressed={prompt === chosen}
            title={prompt}
            onClick={() => onChoose(prompt)}
            className="block w-full truncate rounded-full border border-line bg-surface px-3 py-1 text-sm transition-colors duration-120 hover:border-edge hover:bg-hover aria-pressed:border-accent aria-pressed:bg-accent-ground"
          >
            {prompt}
          </button>
        </li>
      ))}
    </ul>
  );
}

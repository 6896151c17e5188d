import type { Libraries } from "../../api/libraries";
import { Segments } from "../../ui/Segments";
import type { Mode } from "./address";
import { BaseField } from "./LibraryFields";
import { MemoryLine, useModelStatus } from "./MemoryLine";
import { SideBySide } from "./SideBySide";
import { SeveralPrompts } from "./several/SeveralPrompts";
import { useComparison } from "./useComparison";
import { useTurns } from "./useTurns";

const modes: { value: Mode; label: string }[] = [
  { value: "one", label: "One prompt" },
  { value: "conversation", label: "Conversation" },
  { value: "several", label: "Several prompts" },
];

/** Which base, what it holds in memory, and the ways to ask. What was asked one way stays while another is tried. */
export function CompareView({ libraries }: { libraries: Libraries }) {
  const compared = useComparison(libraries);
  const { comparison, plans, change } = compared;
  const turns = {
    one: useTurns(null),
    conversation: useTurns(JSON.stringify(plans.map(({ key }) => key))),
  };
  const status = useModelStatus(false);
  const known = libraries.models.some(({ name }) => name === comparison.base);
  return (
    <div className="grid grid-cols-1 gap-6">
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <BaseField base={comparison.base} models={libraries.models} onChange={(base) => change({ base })} />
        <Segments
          label="How to ask"
          value={comparison.mode}
          onChange={(mode) => change({ mode })}
          options={modes}
        />
        <div className="-mb-3 basis-full">
          <MemoryLine status={status} base={known ? comparison.base : null} />
        </div>
      </div>
      {comparison.mode === "several" ? (
        <SeveralPrompts compared={compared} libraries={libraries} />
      ) : (
        <SideBySide
          key={comparison.mode}
          turns={turns[comparison.mode]}
          compared={compared}
          libraries={libraries}
        />
      )}
    </div>
  );
}

import { turnsOf } from "./turns";

/** A row as what was said. Text of any script runs in its own direction. */
export function Conversation({ row }: { row: Record<string, unknown> }) {
  const turns = turnsOf(row);
  if (turns.length === 0) return <p className="text-soft">Nothing in this row can be read as a text.</p>;
  return (
    <dl className="@container grid grid-cols-1 gap-y-2">
      {turns.map(({ role, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the turns of a row stand still
        <div key={index} className="grid grid-cols-1 gap-x-4 @lg:grid-cols-[7.5rem_minmax(0,1fr)]">
          <dt className="text-sm text-soft [overflow-wrap:anywhere]">{role}</dt>
          <dd dir="auto" className="min-w-0 whitespace-pre-wrap [overflow-wrap:anywhere]">
            {text || <span className="text-soft">empty</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

import type { Health } from "../api";
import { gigabytes } from "../ui/format";

/** Device and memory, in small at the head of every page. */
export function ServerFigures({ health }: { health: Health | undefined }) {
  if (!health) return null;
  const { device, memory_total, memory_available } = health;
  const total = memory_total / 2 ** 30;
  const used = total - memory_available / 2 ** 30;
  return (
    <span className="mono min-w-0 truncate text-sm text-soft">
      <span className="max-wide:hidden">{device} · memory </span>
      {used.toFixed(1)} of {gigabytes(total)}
    </span>
  );
}

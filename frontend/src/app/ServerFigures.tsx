import type { Health } from "../api";
import { gigabytes } from "../ui/format";

/** Device and memory, in small at the head of every page. */
export function ServerFigures({ health }: { health: Health | undefined }) {
  if (!health) return null;
  const { device, memory } = health;
  return (
    <span className="mono min-w-0 truncate text-sm text-soft">
      {device} · {gigabytes(memory.used_gb).replace(" GB", "")} of {gigabytes(memory.total_gb)}
    </span>
  );
}

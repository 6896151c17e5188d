/** How far, as a thin line. `share` runs from 0 to 1. */
export function Progress({ share, label, colour }: { share: number; label: string; colour?: string }) {
  const percent = Math.min(100, Math.max(0, share * 100));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      className="h-1 overflow-hidden rounded-full bg-line"
    >
      <div
        className="h-full rounded-full bg-accent transition-[width] duration-180"
        style={{ width: `${percent}%`, background: colour }}
      />
    </div>
  );
}

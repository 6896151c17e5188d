/** The course of one figure, without axes: only its shape matters. */
export function Sparkline({
  values,
  colour = "var(--color-soft)",
}: {
  values: readonly number[];
  colour?: string;
}) {
  const path = sparkPath(values, 96, 22);
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 96 22"
      preserveAspectRatio="none"
      className="mt-1 block h-[22px] w-full"
    >
      <path d={path} fill="none" stroke={colour} strokeWidth="1.25" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** An SVG path through at most one point a pixel; a flat line lies in the middle. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const shown = thin(values, width);
  if (shown.length < 2) return "";
  const low = Math.min(...shown);
  const high = Math.max(...shown);
  const inner = height - 2;
  return shown
    .map((value, index) => {
      const x = (index / (shown.length - 1)) * width;
      const y = high === low ? height / 2 : 1 + inner * (1 - (value - low) / (high - low));
      return `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

function thin(values: readonly number[], limit: number): number[] {
  const finite = values.filter(Number.isFinite);
  if (finite.length <= limit) return finite;
  return Array.from(
    { length: limit },
    (_, index) => finite[Math.round((index / (limit - 1)) * (finite.length - 1))] ?? 0,
  );
}

/** How numbers are written: three significant figures, always with a unit. Knows no page. */

/** A loss, a norm, a rate: three significant figures, never rounded to nothing. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return short(value.toExponential(2));
  if (size < 1000) return value.toPrecision(3);
  return Math.round(value).toLocaleString("en");
}

/** A place on an axis: no more digits than it needs. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 0.001) return short(Number(value.toPrecision(3)).toExponential());
  return size < 1000 ? String(Number(value.toPrecision(3))) : value.toLocaleString("en");
}

/** A learning rate as people write it: 1e-4, 2.5e-4, 0.01. */
export function rate(value: number): string {
  if (value === 0) return "0";
  if (value >= 0.01 && value < 1000) return String(Number(value.toPrecision(3)));
  return short(Number(value.toPrecision(3)).toExponential());
}

function short(exponential: string): string {
  return exponential.replace("e+", "e");
}

/** Parameters and tokens: 2,163 · 17.6 M · 1.66 B. */
export function count(value: number): string {
  if (value < 10_000) return value.toLocaleString("en");
  if (value < 999.5e3) return `${(value / 1e3).toPrecision(3)} k`;
  if (value < 999.5e6) return `${(value / 1e6).toPrecision(3)} M`;
  return `${(value / 1e9).toPrecision(3)} B`;
}

export function whole(value: number): string {
  return value.toLocaleString("en");
}

export function percent(value: number): string {
  if (value === 0 || value === 100) return `${value}%`;
  return `${value >= 10 ? value.toFixed(1) : value.toPrecision(3)}%`;
}

export function gigabytes(value: number): string {
  if (value < 0.9995) return `${Math.round(value * 1000)} MB`;
  return `${value >= 10 ? value.toFixed(1) : value.toPrecision(2)} GB`;
}

export function bytes(value: number): string {
  if (value < 1e6) return `${Math.max(1, Math.round(value / 1e3))} kB`;
  if (value < 999.5e6) return `${value < 9.95e6 ? (value / 1e6).toPrecision(2) : Math.round(value / 1e6)} MB`;
  return gigabytes(value / 1e9);
}

/** 0.42 s · 8 s · 4 min 12 s · 1 h 05 min · 2 d 3 h. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toPrecision(3)} s`;
  const total = Math.round(seconds);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${pad(total % 60)} s`;
  const minutes = Math.round(total / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(total / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A forecast, coarser than a measurement: about 40 s, about 4 min. */
export function about(seconds: number): string {
  return `about ${roughly(seconds)}`;
}

/** The same without the word: one end of a band. */
export function roughly(seconds: number): string {
  if (seconds < 90) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toPrecision(2)} h`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** Seconds since the epoch as a time of day, with the day where it is not today. */
export function moment(seconds: number, now = new Date()): string {
  const date = new Date(seconds * 1000);
  const time = clock(date);
  if (date.toDateString() === now.toDateString()) return `today ${time}`;
  const day = date.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
  });
  return `${day} ${time}`;
}

export function clock(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${whole(number)} ${number === 1 ? one : many}`;
}

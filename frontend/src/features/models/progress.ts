/** How far a download or a conversion is, in words. */

import type { Job } from "../../api";
import { about, bytes, whole } from "../../ui/format";

/** From 0 to 1; 0 until the whole is known. */
export function shareOf({ done, total }: Job): number {
  return total ? done / total : 0;
}

/** 412 of 1,200 tokens, 12 MB/s, about 1 min left. */
export function progressInWords(job: Job): string {
  const { done, total, unit, seconds_left, state } = job;
  if (total === null) return "";
  const inBytes = unit === "bytes";
  const parts = [
    inBytes ? `${bytes(done)} of ${bytes(total)}` : `${whole(done)} of ${whole(total)} ${unit ?? ""}`.trim(),
  ];
  if (state === "running" && seconds_left !== null) {
    const pace = rateOf(job);
    if (inBytes && pace !== null) parts.push(`${bytes(pace)}/s`);
    parts.push(`${about(seconds_left)} left`);
  }
  return parts.join(", ");
}

/** What is left over the time it takes: the pace that the forecast was made with. */
function rateOf({ done, total, seconds_left }: Job): number | null {
  return total && seconds_left && total > done ? (total - done) / seconds_left : null;
}

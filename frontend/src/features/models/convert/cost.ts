/** What a conversion cost, in words. */

import type { ConversionResult } from "../../../api";
import { percent } from "../../../ui/format";

/** From how much more perplexity a loss is called so. */
const small = 0.01;
const clear = 0.05;
const heavy = 0.2;

export interface Cost {
  words: string;
  /** what follows from it */
  advice: string | null;
  /** whether somebody should think twice */
  warns: boolean;
}

/** Null where it could not be measured. */
export function costOf({ difference, measured_on }: ConversionResult): Cost | null {
  if (!difference) return null;
  const { mean, low, high } = difference;
  const more = Math.expm1(mean);
  const rose = `perplexity rose by ${percent(100 * more)} on ${measured_on}`;
  if (mean === 0) return harmless("Nothing was lost: it predicts every token just as before.");
  if (low !== null && high !== null && low <= 0 && high >= 0)
    return harmless(`No clear difference on ${measured_on}.`);
  if (more < 0) return harmless(`Nothing was lost: perplexity even fell on ${measured_on}.`);
  if (more < small) return harmless(`Next to nothing was lost: ${rose}.`);
  if (more < clear) return harmless(`A small loss: ${rose}.`);
  if (more < heavy)
    return {
      words: `A clear loss: ${rose}.`,
      advice: "Fine-tuning can win some of it back; more bits lose less.",
      warns: true,
    };
  return {
    words: `A heavy loss: ${rose}.`,
    advice: "Expect worse answers. More bits, or a smaller group size, lose less.",
    warns: true,
  };
}

function harmless(words: string): Cost {
  return { words, advice: null, warns: false };
}

/** Half the width of the 95% interval; null where there is none. */
export function marginOf({ difference }: ConversionResult): number | null {
  if (!difference || difference.high === null || difference.high === difference.mean) return null;
  return difference.high - difference.mean;
}

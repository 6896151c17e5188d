import type { VoteTally } from "../../../api";
import { rateInWords } from "./tallyInWords";

type Score = VoteTally["contestants"][number] | VoteTally["pairs"][number];

/** The 95% interval as a band from 0 to 100%, the rate as a mark on it, and a hairline where all would be equal. */
export function RateBar({ score, colour }: { score: Score; colour: string }) {
  const { rate, low, high, even_rate } = score;
  return (
    <div
      role="img"
      aria-label={`Win rate ${rateInWords(score)}; ${Math.round(even_rate * 100)}% would be even`}
      className="relative h-3 rounded-full bg-sunken"
    >
      {rate !== null && low !== null && high !== null && (
        <>
          <span
            className="absolute inset-y-0.5 rounded-full opacity-35"
            style={{ left: share(low), right: share(1 - high), background: colour }}
          />
          <span
            className="absolute inset-y-0 w-1 -translate-x-1/2 rounded-full"
            style={{ left: share(rate), background: colour }}
          />
        </>
      )}
      <span className="absolute -inset-y-0.5 w-px bg-edge" style={{ left: share(even_rate) }} />
    </div>
  );
}

function share(part: number): string {
  return `${part * 100}%`;
}

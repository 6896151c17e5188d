import type { Fit } from "../../api";
import { Section } from "../../ui/Card";
import { cx } from "../../ui/cx";
import { bytes } from "../../ui/format";
import { RoomLabel } from "./RoomLabel";
import type { Room } from "./verdict";

const uses: Record<Fit["use"], string> = { inference: "Inference", lora: "LoRA", qlora: "QLoRA" };
const rooms: Record<Room, string> = { fits: "fits", tight: "tight", too_large: "too large" };

/** What each use of a model takes of this machine's memory. */
export function Fits({ fits }: { fits: Fit[] }) {
  return (
    <Section
      title="On this machine"
      aside={
        fits[0] && (
          <span className="text-sm text-soft">
            of <span className="mono">{bytes(fits[0].memory_bytes)}</span>
          </span>
        )
      }
    >
      {fits.length > 0 ? (
        <ul className="grid grid-cols-1 gap-4">
          {fits.map((fit) => (
            <FitRow key={fit.use} fit={fit} />
          ))}
        </ul>
      ) : (
        <p className="text-soft">Its size is unknown, so nothing can be said of memory.</p>
      )}
      <p className="mt-4 text-sm text-soft">Estimates. Setup measures a run of yours before it starts.</p>
    </Section>
  );
}

function FitRow({ fit: { use, verdict, needed_bytes, memory_bytes, sentence } }: { fit: Fit }) {
  const share = Math.min(1, needed_bytes / memory_bytes);
  return (
    <li className="grid grid-cols-1 gap-1">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <RoomLabel room={verdict} words={`${uses[use]} ${rooms[verdict]}`} />
        <span className="mono">{bytes(needed_bytes)}</span>
      </div>
      <div aria-hidden className="h-1 overflow-hidden rounded-full bg-line">
        <div
          className={cx("h-full rounded-full", verdict === "fits" ? "bg-accent" : "bg-warn")}
          style={{ width: `${share * 100}%` }}
        />
      </div>
      <p className="text-sm text-soft">{sentence}</p>
    </li>
  );
}

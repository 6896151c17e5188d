import { Button } from "../../ui/Button";
import { bestRemedy, giga, type Remedy } from "./measurement";

/** The change that would make a run fit, with one click. */
export function RemedyOffer({
  remedies,
  onChange,
}: {
  remedies: Remedy[];
  onChange: (changes: Remedy["changes"]) => void;
}) {
  const remedy = bestRemedy(remedies);
  if (!remedy)
    return <p className="text-sm text-soft">No setting would make it fit; choose a smaller model.</p>;
  return (
    <div className="grid gap-1.5 text-sm">
      <p>
        {remedy.fits ? "It would fit with " : "It would take less, though still too much, with "}
        {remedy.words}: about <span className="mono">{giga(remedy.peak_memory_bytes.likely)}</span>.
      </p>
      <Button onClick={() => onChange(remedy.changes)}>Change it so</Button>
    </div>
  );
}

import { Notice } from "../../ui/Notice";
import { type Dropped, inWords } from "./carry";

/** What did not apply to the model or data that was chosen, and went back to its default. */
export function DroppedNotice({ dropped }: { dropped: Dropped[] }) {
  if (dropped.length === 0) return null;
  return (
    <Notice title="All settings were kept but for these">
      <ul className="text-soft">
        {dropped.map((one) => (
          <li key={one.field}>{inWords(one)}</li>
        ))}
      </ul>
    </Notice>
  );
}

import { clock } from "../ui/format";

/** Since when the server has not answered. It is asked again by itself; nothing typed is lost. */
export function OfflineLine({ since }: { since: Date | null }) {
  return (
    <div role="status" className="sticky top-0 z-20">
      {since && (
        <p className="border-b border-warn bg-warn-ground px-4 py-1.5 text-center text-sm text-warn animate-appear">
          The server has not answered since <span className="mono">{clock(since)}</span>, retrying. Nothing
          typed here is lost.
        </p>
      )}
    </div>
  );
}

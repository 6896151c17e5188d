/** The colour of a run or an adapter, beside its name. */
export function Dot({ colour }: { colour: string }) {
  return (
    <span aria-hidden className="inline-block size-2 shrink-0 rounded-full" style={{ background: colour }} />
  );
}

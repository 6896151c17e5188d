/** A number in short, whole on hover and on copy. */
export function Num({ short, full }: { short: string; full: number | string }) {
  return (
    <span
      className="mono"
      title={String(full)}
      onCopy={(event) => {
        event.clipboardData.setData("text/plain", String(full));
        event.preventDefault();
      }}
    >
      {short}
    </span>
  );
}

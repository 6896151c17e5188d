import type { ComponentProps } from "react";
import { cx } from "./cx";

export function TextInput({ className, ...rest }: ComponentProps<"input">) {
  return (
    <input type="text" autoComplete="off" spellCheck={false} className={cx("control", className)} {...rest} />
  );
}

/** A number as people type it (1e-4 too), with its unit; the text is kept as typed until it is read. */
export function NumberInput({
  unit,
  className,
  ...rest
}: ComponentProps<"input"> & { unit?: string | undefined }) {
  return (
    <div className={cx("relative", className)}>
      <input
        type="text"
        inputMode="decimal"
        autoComplete="off"
        spellCheck={false}
        className={cx("control mono", unit && "pr-24")}
        {...rest}
      />
      {unit && (
        <span
          aria-hidden
          className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-sm text-soft"
        >
          {unit}
        </span>
      )}
    </div>
  );
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={cx("control resize-y", className)} {...rest} />;
}

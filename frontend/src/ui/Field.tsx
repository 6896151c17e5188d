import { CircleAlert, TriangleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cx } from "./cx";

export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
  "aria-labelledby": string;
}

export interface FieldProps {
  label: string;
  /** at the other end of the label's line */
  aside?: ReactNode;
  help?: ReactNode;
  /** the longer reason, opened in place */
  why?: ReactNode;
  error?: string | undefined;
  warning?: string | undefined;
  className?: string;
  children: (control: FieldControl) => ReactNode;
}

/** A label, a control, one sentence of help, and beside it what is wrong or doubtful about the value. */
export function Field({ label, aside, help, why, error, warning, className, children }: FieldProps) {
  const id = useId();
  const shown = { help: Boolean(help), note: Boolean(error ?? warning) };
  const describedBy = [shown.help && `${id}-help`, shown.note && `${id}-note`].filter(Boolean).join(" ");
  return (
    <div className={cx("min-w-0", className)}>
      <div className="mb-1 flex items-end justify-between gap-3">
        <label id={`${id}-label`} htmlFor={id} className="font-medium">
          {label}
        </label>
        {aside}
      </div>
      {children({
        id,
        "aria-labelledby": `${id}-label`,
        "aria-describedby": describedBy || undefined,
        "aria-invalid": Boolean(error),
      })}
      <FieldNote id={`${id}-note`} error={error} warning={warning} />
      {help && (
        <p id={`${id}-help`} className="mt-1 text-sm text-soft">
          {help}
        </p>
      )}
      {why}
    </div>
  );
}

export function FieldNote({
  id,
  error,
  warning,
}: {
  id: string;
  error: string | undefined;
  warning: string | undefined;
}) {
  const text = error ?? warning;
  return (
    <div id={id} aria-live="polite">
      {text && (
        <p className={cx("mt-1 flex gap-1.5 text-sm animate-appear", error ? "text-bad" : "text-warn")}>
          <NoteIcon bad={Boolean(error)} />
          <span className="min-w-0 break-words">{text}</span>
        </p>
      )}
    </div>
  );
}

export function NoteIcon({ bad }: { bad: boolean }) {
  return bad ? (
    <CircleAlert aria-label="Error:" role="img" className="mt-[3px] size-3.5 shrink-0" />
  ) : (
    <TriangleAlert aria-label="Warning:" role="img" className="mt-[3px] size-3.5 shrink-0" />
  );
}

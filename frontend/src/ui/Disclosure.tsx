import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

/** A short "why" under a field, opened in place. */
export function Why({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details className="mt-1 text-sm">
      <summary className="inline-flex items-center gap-1 rounded text-accent hover:underline">
        <Chevron />
        {label}
      </summary>
      <div className="mt-2 space-y-2 border-l-2 border-line pl-3 text-soft animate-appear">{children}</div>
    </details>
  );
}

/** A part of the page that stays shut until it is wanted. */
export function Drawer({
  title,
  detail,
  open,
  onToggle,
  children,
  className,
}: {
  title: string;
  detail?: ReactNode;
  open?: boolean;
  onToggle?: (open: boolean) => void;
  children: ReactNode;
  className?: string;
}) {
  return (
    <details
      open={open}
      onToggle={(event) => onToggle?.(event.currentTarget.open)}
      className={cx("border-t border-line", className)}
    >
      <summary className="flex items-center gap-2 rounded py-3 font-semibold hover:text-accent">
        <Chevron />
        {title}
        {detail && <span className="min-w-0 truncate text-sm font-normal text-soft">{detail}</span>}
      </summary>
      <div className="pb-5 animate-appear">{children}</div>
    </details>
  );
}

function Chevron() {
  return (
    <ChevronRight
      aria-hidden
      className="size-4 shrink-0 transition-transform duration-150 [details[open]>summary>&]:rotate-90"
    />
  );
}

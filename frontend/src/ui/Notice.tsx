import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

const looks = {
  error: { icon: CircleAlert, box: "border-bad bg-bad-ground", mark: "text-bad" },
  warning: { icon: TriangleAlert, box: "border-warn bg-warn-ground", mark: "text-warn" },
  info: { icon: Info, box: "border-line bg-surface", mark: "text-accent" },
};

/** What happened, why, and what now. */
export function Notice({
  kind = "info",
  title,
  children,
  actions,
  className,
}: {
  kind?: keyof typeof looks;
  title?: string;
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
}) {
  const { icon: Icon, box, mark } = looks[kind];
  return (
    <div
      role={kind === "error" ? "alert" : "status"}
      className={cx("flex gap-3 rounded-md border px-3 py-2.5 animate-appear", box, className)}
    >
      <Icon aria-hidden className={cx("mt-0.5 size-4 shrink-0", mark)} />
      <div className="min-w-0 flex-1 break-words">
        {title && <p className="font-medium">{title}</p>}
        {children}
        {actions && <div className="mt-2 flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

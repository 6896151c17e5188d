import { type ReactNode, useEffect, useState } from "react";
import { CopyButton } from "./CopyButton";
import { Notice } from "./Notice";

/** What will be here, and the one action that fills it. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="mx-auto max-w-md py-16 text-center">
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="mt-2 text-soft [overflow-wrap:anywhere]">{children}</p>
      {action && <div className="mt-5 flex justify-center">{action}</div>}
    </div>
  );
}

/** The layout, still; it says so only when the wait is long enough to be noticed. */
export function Loading({ label = "Loading" }: { label?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p role="status" className="py-10 text-soft">
      {late ? `${label} …` : ""}
    </p>
  );
}

export interface Problem {
  status: number | "offline";
  detail: string;
  code: string;
}

/** What went wrong in words, a way to try again, and a report to copy. */
export function Failure({
  title,
  problem,
  onRetry,
}: {
  title: string;
  problem: Problem;
  onRetry?: ReactNode;
}) {
  const report = `${title}\n${problem.detail}\ncode ${problem.code}, status ${problem.status}\n${location.pathname}${location.search}`;
  return (
    <Notice
      kind="error"
      title={title}
      actions={
        <>
          {onRetry}
          <CopyButton text={report} label="Copy report" />
        </>
      }
    >
      <p>{problem.detail}</p>
    </Notice>
  );
}

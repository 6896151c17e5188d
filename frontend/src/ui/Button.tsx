import type { ComponentProps } from "react";
import { Link, type LinkProps } from "react-router";
import { cx } from "./cx";

type Look = "primary" | "plain" | "quiet" | "danger";

const shape =
  "inline-flex items-center justify-center gap-2 rounded-md px-3 min-h-9 font-medium whitespace-nowrap " +
  "transition-colors duration-120 disabled:opacity-55 disabled:cursor-not-allowed [&_svg]:size-4 [&_svg]:shrink-0";

const looks: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:not-disabled:bg-accent-strong",
  plain: "border border-edge bg-surface hover:not-disabled:bg-hover",
  quiet: "text-soft hover:not-disabled:text-ink hover:not-disabled:bg-hover",
  danger: "border border-bad text-bad bg-surface hover:not-disabled:bg-bad-ground",
};

type ButtonProps = ComponentProps<"button"> & { look?: Look };

export function Button({ look = "plain", className, type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={cx(shape, looks[look], className)} {...rest} />;
}

export function ButtonLink({ look = "plain", className, ...rest }: LinkProps & { look?: Look }) {
  return <Link className={cx(shape, looks[look], className)} {...rest} />;
}

/** A square button that shows only an icon; `label` is what it says to those who do not see it. */
export function IconButton({ label, className, ...rest }: ButtonProps & { label: string }) {
  return (
    <Button look="quiet" aria-label={label} title={label} className={cx("w-9 px-0", className)} {...rest} />
  );
}

import { type ReactNode, useEffect, useRef } from "react";

/** A box and its words. `partly` says that only some of what it stands for is chosen. */
export function Checkbox({
  checked,
  partly = false,
  disabled = false,
  onChange,
  children,
}: {
  checked: boolean;
  partly?: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = partly;
  }, [partly]);
  return (
    <label className="flex min-w-0 flex-1 cursor-pointer items-center gap-3 has-disabled:cursor-not-allowed has-disabled:text-soft">
      <input
        ref={box}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        className="size-4 shrink-0 accent-accent"
      />
      {children}
    </label>
  );
}

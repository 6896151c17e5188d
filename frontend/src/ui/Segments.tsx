import { RadioGroup } from "radix-ui";
import { cx } from "./cx";

/** One of a few words, side by side. */
export function Segments<Value extends string>({
  label,
  value,
  onChange,
  options,
  small = false,
}: {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: { value: Value; label: string }[];
  /** beside a label rather than as a control of its own */
  small?: boolean;
}) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(chosen) => onChange(chosen as Value)}
      orientation="horizontal"
      className={cx(
        "inline-flex max-w-full rounded-md border border-edge bg-sunken p-0.5",
        small && "-mt-2.5 mb-1",
      )}
    >
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          className={cx(
            "rounded-[5px] px-2 text-sm whitespace-nowrap text-soft",
            small ? "min-h-6" : "min-h-8 sm:px-3 sm:text-(length:--text-base)",
            "transition-colors duration-120 hover:text-ink data-[state=checked]:bg-surface data-[state=checked]:font-medium data-[state=checked]:text-ink data-[state=checked]:outline data-[state=checked]:outline-edge focus-visible:outline-2 focus-visible:outline-accent",
          )}
        >
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}

import { RadioGroup, Switch as RadixSwitch } from "radix-ui";
import { useId } from "react";
import type { FieldControl } from "./Field";

export interface ChoiceOption {
  value: string;
  label: string;
  help: string;
  /** figures beside the label */
  detail?: string;
  disabled?: boolean;
}

/** One of a few, each with its sentence: more room than a select, and nothing hidden. */
export function Choice({
  value,
  onChange,
  options,
  ...control
}: Partial<FieldControl> & {
  value: string;
  onChange: (value: string) => void;
  options: ChoiceOption[];
  "aria-label"?: string;
}) {
  return (
    <RadioGroup.Root
      {...control}
      value={value}
      onValueChange={onChange}
      className="grid gap-px overflow-hidden rounded-md border border-edge bg-line"
    >
      {options.map((option) => (
        <ChoiceRow key={option.value} {...option} />
      ))}
    </RadioGroup.Root>
  );
}

function ChoiceRow({ value, label, help, detail, disabled = false }: ChoiceOption) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className="flex cursor-pointer gap-3 bg-surface px-3 py-2 not-has-disabled:hover:bg-hover has-disabled:cursor-not-allowed has-data-[state=checked]:bg-accent-ground"
    >
      <RadioGroup.Item
        id={id}
        value={value}
        disabled={disabled}
        aria-describedby={`${id}-help`}
        aria-labelledby={`${id}-label`}
        className="mt-1 size-4 shrink-0 rounded-full border border-edge bg-surface data-[state=checked]:border-accent"
      >
        <RadioGroup.Indicator className="flex size-full items-center justify-center after:size-2 after:rounded-full after:bg-accent" />
      </RadioGroup.Item>
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span id={`${id}-label`} className="font-medium">
            {label}
          </span>
          {detail && <span className="mono text-sm text-soft">{detail}</span>}
        </span>
        <span id={`${id}-help`} className="block text-sm text-soft">
          {help}
        </span>
      </span>
    </label>
  );
}

export function Switch({
  checked,
  onChange,
  ...control
}: Partial<FieldControl> & {
  checked: boolean;
  onChange: (checked: boolean) => void;
  "aria-label"?: string;
}) {
  return (
    <RadixSwitch.Root
      {...control}
      checked={checked}
      onCheckedChange={onChange}
      className="relative h-6 w-10 shrink-0 rounded-full border border-edge bg-sunken transition-colors duration-120 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <RadixSwitch.Thumb className="block size-4 translate-x-1 rounded-full bg-soft transition-transform duration-120 data-[state=checked]:translate-x-[1.2rem] data-[state=checked]:bg-on-accent" />
    </RadixSwitch.Root>
  );
}

import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import type { ReactNode } from "react";
import type { FieldControl } from "./Field";

export interface Option {
  value: string;
  label: string;
  /** figures beside the name, in the softer colour */
  detail?: string | undefined;
  disabled?: boolean;
}

interface SelectProps extends Partial<FieldControl> {
  value: string;
  onChange: (value: string) => void;
  options: Option[];
  placeholder?: string;
  "aria-label"?: string;
  leading?: ReactNode;
}

export function Select({ value, onChange, options, placeholder, leading, ...control }: SelectProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange}>
      <Radix.Trigger {...control} className="control flex items-center gap-2 text-left">
        {leading}
        <span className="min-w-0 flex-1 truncate">
          <Radix.Value placeholder={<span className="text-soft">{placeholder}</span>} />
        </span>
        <Radix.Icon>
          <ChevronDown aria-hidden className="size-4 text-soft" />
        </Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) w-(--radix-select-trigger-width) overflow-hidden rounded-md border border-edge bg-surface animate-appear"
        >
          <Radix.Viewport className="p-1">
            {options.map((option) => (
              <SelectItem key={option.value} {...option} />
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function SelectItem({ value, label, detail, disabled = false }: Option) {
  return (
    <Radix.Item
      value={value}
      disabled={disabled}
      className="flex items-center gap-2 rounded px-2 py-1.5 select-none data-disabled:text-soft data-highlighted:bg-hover data-highlighted:outline-none"
    >
      <Radix.ItemText>
        {label}
        {detail && <span className="ml-2 text-sm text-soft">{detail}</span>}
      </Radix.ItemText>
      <Radix.ItemIndicator className="ml-auto">
        <Check aria-hidden className="size-4 text-accent" />
      </Radix.ItemIndicator>
    </Radix.Item>
  );
}

import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export interface MenuItem {
  key: string;
  label: string;
  /** figures, or why it cannot be chosen, under the name */
  detail?: string | undefined;
  leading?: ReactNode;
  disabled?: boolean;
  onChoose: () => void;
}

/** A button's list of things to do; opens under it, by keyboard too. */
export function Menu({ trigger, items, label }: { trigger: ReactNode; items: MenuItem[]; label: string }) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) w-80 max-w-[calc(100vw-1rem)] overflow-y-auto rounded-md border border-edge bg-surface p-1 animate-appear"
        >
          {items.map(({ key, label, detail, leading, disabled = false, onChoose }) => (
            <DropdownMenu.Item
              key={key}
              disabled={disabled}
              onSelect={onChoose}
              className="flex items-baseline gap-2 rounded px-2 py-1.5 select-none data-disabled:text-soft data-highlighted:bg-hover data-highlighted:outline-none"
            >
              {leading}
              <span className="min-w-0 flex-1">
                <span className="block truncate">{label}</span>
                {detail && <span className="block text-sm text-soft [overflow-wrap:anywhere]">{detail}</span>}
              </span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

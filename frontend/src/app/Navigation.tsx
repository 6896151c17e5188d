import { Boxes, ChartSpline, Columns2, History, Rows3, SlidersHorizontal } from "lucide-react";
import { NavLink } from "react-router";
import { cx } from "../ui/cx";

const pages = [
  { to: "/setup", name: "Setup", icon: SlidersHorizontal },
  { to: "/training", name: "Training", icon: ChartSpline },
  { to: "/compare", name: "Compare", icon: Columns2 },
  { to: "/sessions", name: "Sessions", icon: History },
  { to: "/data", name: "Data", icon: Rows3 },
  { to: "/models", name: "Models", icon: Boxes },
];

export function Navigation() {
  return (
    <nav aria-label="Pages" className="wide:flex-1 wide:overflow-y-auto wide:px-3">
      <ul className="flex wide:flex-col wide:gap-0.5">
        {pages.map(({ to, name, icon: Icon }) => (
          <li key={to} className="min-w-0 flex-1">
            <NavLink
              to={to}
              className={({ isActive }) =>
                cx(
                  "flex items-center rounded-md transition-colors duration-120",
                  "max-wide:flex-col max-wide:gap-0.5 max-wide:py-2 max-wide:text-xs wide:gap-3 wide:px-3 wide:py-1.5",
                  isActive
                    ? "font-medium text-ink wide:bg-hover"
                    : "text-soft hover:text-ink wide:hover:bg-hover",
                )
              }
            >
              {({ isActive }) => (
                <>
                  <Icon aria-hidden className={cx("size-[18px]", isActive && "text-accent")} />
                  {name}
                </>
              )}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

import { NavLink, Outlet, useLocation } from "react-router";
import { cx } from "../ui/cx";

export interface CompareTab {
  /** under /compare */
  path: string;
  name: string;
}

/** The ways to compare; the address keeps base and adapters from one to the other. */
export function CompareTabs({ tabs }: { tabs: CompareTab[] }) {
  const { search } = useLocation();
  return (
    <>
      <nav aria-label="Ways to compare" className="mb-6 overflow-x-auto border-b border-line">
        <ul className="flex gap-6">
          {tabs.map(({ path, name }) => (
            <li key={path}>
              <NavLink
                end
                to={{ pathname: path ? `/compare/${path}` : "/compare", search }}
                className={({ isActive }) =>
                  cx(
                    "-mb-px block border-b-2 py-2 whitespace-nowrap transition-colors duration-120",
                    isActive
                      ? "border-accent font-medium text-ink"
                      : "border-transparent text-soft hover:text-ink",
                  )
                }
              >
                {name}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </>
  );
}

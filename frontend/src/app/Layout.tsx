import { useEffect } from "react";
import { Outlet, useMatches } from "react-router";
import { cx } from "../ui/cx";
import { Navigation } from "./Navigation";
import { OfflineLine } from "./OfflineLine";
import { RunningSession } from "./RunningSession";
import { ServerFigures } from "./ServerFigures";
import { ThemeToggle } from "./ThemeToggle";
import { useServer } from "./useServer";

/** The frame around every page: where one can go, what is running, and how the server does. */
export function Layout() {
  const { health, offlineSince } = useServer();
  const { title, wide } = usePage();
  useEffect(() => {
    document.title = `${title} · Droid`;
  }, [title]);

  return (
    <div className="min-h-dvh wide:pl-52">
      <a
        href="#page"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      <Sidebar />
      <OfflineLine since={offlineSince} />
      <div className={cx("mx-auto px-4 pb-24 wide:px-8 wide:pb-12", !wide && "max-w-[1440px]")}>
        <header className="flex min-h-16 flex-wrap items-center gap-x-4 gap-y-1 py-3">
          <h1 className="text-xl font-semibold">{title}</h1>
          <span className="ml-auto flex min-w-0 items-center gap-2">
            <ServerFigures health={health} />
            <ThemeToggle />
          </span>
        </header>
        <main id="page" tabIndex={-1} className="outline-none">
          <Outlet />
        </main>
      </div>
    </div>
  );
}

function Sidebar() {
  return (
    <aside className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface wide:inset-y-0 wide:right-auto flex flex-col-reverse wide:w-52 wide:flex-col wide:border-t-0 wide:border-r">
      <p className="flex items-center gap-2.5 px-5 pt-5 pb-4 text-lg font-semibold max-wide:hidden">
        <img src="/favicon.svg" alt="" className="size-6" />
        Droid
      </p>
      <Navigation />
      <RunningSession />
    </aside>
  );
}

interface Page {
  title: string;
  /** charts and comparisons take what there is */
  wide?: boolean;
}

function usePage(): Page {
  const handles = useMatches().map((match) => match.handle as Page | undefined);
  return handles.findLast(Boolean) ?? { title: "Not found" };
}

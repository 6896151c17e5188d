import type { ReactNode } from "react";
import { Drawer } from "../../../ui/Disclosure";
import { whole } from "../../../ui/format";
import { useWide } from "../../../ui/useWide";
import type { Chosen } from "./chosen";

/** As tailwind's lg: from here on settings stand beside what they change. */
const besidePixels = 1024;

/** What is shown, and the settings that make it so: beside it, or in a drawer above where there is no room. */
export function BesideSettings({
  chosen,
  answersOnly,
  settings,
  children,
}: {
  chosen: Chosen;
  answersOnly: boolean;
  settings: ReactNode;
  children: ReactNode;
}) {
  const beside = useWide(besidePixels);
  const inShort = [
    chosen.model,
    chosen.length !== undefined && `${whole(chosen.length)} tokens`,
    answersOnly ? "answers only" : "every token",
  ];
  if (beside) {
    return (
      <div className="grid grid-cols-[minmax(0,1fr)_18rem] gap-x-10">
        <div className="min-w-0">{children}</div>
        <div className="grid grid-cols-1 content-start gap-5">{settings}</div>
      </div>
    );
  }
  return (
    <div className="grid grid-cols-1 gap-2">
      <Drawer title="Settings" detail={inShort.filter(Boolean).join(", ")}>
        <div className="grid grid-cols-1 gap-5">{settings}</div>
      </Drawer>
      <div className="min-w-0">{children}</div>
    </div>
  );
}

import { CircleCheck, CircleSlash, TriangleAlert } from "lucide-react";
import { cx } from "../../ui/cx";
import type { Room } from "./verdict";

const looks = {
  fits: { icon: CircleCheck, mark: "text-accent", tone: "" },
  tight: { icon: TriangleAlert, mark: "text-warn", tone: "" },
  too_large: { icon: CircleSlash, mark: "text-warn", tone: "text-warn" },
};

/** Whether there is room: an icon beside the words, never the colour alone. */
export function RoomLabel({ room, words, title }: { room: Room; words: string; title?: string | undefined }) {
  const { icon: Icon, mark, tone } = looks[room];
  return (
    <span className={cx("inline-flex gap-1.5", tone)} title={title}>
      <Icon aria-hidden className={cx("mt-[3px] size-4 shrink-0", mark)} />
      <span className="min-w-0 self-baseline">{words}</span>
    </span>
  );
}

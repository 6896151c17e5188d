import { useLayoutEffect, useRef, useState } from "react";
import { api, type Session, useApiDispatch, useReorderQueueMutation } from "../../api";
import { asApiError } from "../../api/base";
import { useToast } from "../../ui/Toast";

export type Direction = "up" | "down";

/** The ids with one of them moved by a place. */
function moved(ids: string[], id: string, direction: Direction): string[] {
  const from = ids.indexOf(id);
  const order = ids.filter((each) => each !== id);
  order.splice(direction === "up" ? Math.max(0, from - 1) : from + 1, 0, id);
  return order;
}

/**
 * Moves a waiting run: at once where it is shown, so that quick presses add up, and back where the server refuses. The
 * focus stays on its button, and `said` tells its new place to those who do not see it.
 */
export function useMove(waiting: Session[]) {
  const [reorder] = useReorderQueueMutation();
  const dispatch = useApiDispatch();
  const say = useToast();
  const list = useRef<HTMLOListElement>(null);
  const pressed = useRef("");
  const [said, setSaid] = useState("");
  const order = waiting.map(({ id }) => id).join(" ");

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new order takes the focus away
  useLayoutEffect(() => {
    const buttons = list.current?.querySelectorAll<HTMLElement>("[data-move]") ?? [];
    [...buttons].find((button) => button.dataset.move === pressed.current)?.focus();
    pressed.current = "";
  }, [order]);

  const move = async (session: Session, direction: Direction) => {
    const ids = moved(order.split(" "), session.id, direction);
    pressed.current = `${session.id} ${direction}`;
    const shown = dispatch(
      api.util.updateQueryData("getTrainingStatus", undefined, ({ queue }) => {
        queue.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
      }),
    );
    const answer = await reorder({ sessionIds: ids });
    if (answer.error) {
      shown.undo();
      return say(asApiError(answer.error).detail);
    }
    setSaid(`${session.adapter_name} is now number ${ids.indexOf(session.id) + 1} of ${ids.length}.`);
  };
  return { move, list, said };
}

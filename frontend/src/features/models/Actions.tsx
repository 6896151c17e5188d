import { Columns2, MessagesSquare, SlidersHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Model } from "../../api";
import { Button, ButtonLink } from "../../ui/Button";
import { DeleteDialog } from "./DeleteDialog";

/** What can be done with a model; one that cannot be used can only be deleted. */
export function Actions({ model }: { model: Model }) {
  const [deleting, setDeleting] = useState(false);
  const { name, problem, in_use, origin, has_chat_template } = model;
  const named = encodeURIComponent(name);
  return (
    <div className="grid justify-items-start gap-1.5">
      <div className="flex flex-wrap gap-2">
        {!problem && (
          <>
            <ButtonLink look="primary" to={`/setup?model=${named}`}>
              <SlidersHorizontal aria-hidden />
              Train on this
            </ButtonLink>
            <ButtonLink to={`/compare?base=${named}`}>
              <Columns2 aria-hidden />
              Compare
            </ButtonLink>
            {has_chat_template && (
              <ButtonLink to={`/compare?base=${named}&adapter=&mode=conversation`}>
                <MessagesSquare aria-hidden />
                Chat
              </ButtonLink>
            )}
          </>
        )}
        <Button look="danger" disabled={in_use !== null} onClick={() => setDeleting(true)}>
          <Trash2 aria-hidden />
          {origin === "link" ? "Remove" : "Delete"}
        </Button>
      </div>
      {in_use && <p className="text-sm text-soft">It cannot be deleted now: {in_use}</p>}
      <DeleteDialog model={model} open={deleting} onClose={() => setDeleting(false)} />
    </div>
  );
}

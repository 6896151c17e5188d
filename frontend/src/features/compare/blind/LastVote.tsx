import { Undo2 } from "lucide-react";
import { useState } from "react";
import { useListVotesQuery, useRetractVoteMutation } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { ConfirmDialog } from "../../../ui/Dialog";
import { moment } from "../../../ui/format";
import { useToast } from "../../../ui/Toast";
import { useKeys } from "../../../ui/useKeys";
import { outcomeInWords } from "./tallyInWords";
import { Key } from "./VoteBar";

/** The last vote, and a way to take it back. */
export function LastVote({ model, onTakenBack }: { model: string; onTakenBack: () => void }) {
  const { currentData: votes } = useListVotesQuery({ model, limit: 1 });
  const [retract, { isLoading }] = useRetractVoteMutation();
  const [asking, setAsking] = useState(false);
  const say = useToast();
  const vote = votes?.[0];
  useKeys((key) => {
    if (key !== "u" || !vote) return false;
    setAsking(true);
    return true;
  });
  if (!vote) return null;

  const takeBack = async () => {
    const { error } = await retract({ voteId: vote.id });
    setAsking(false);
    say(error ? asApiError(error).detail : "The vote was taken back.");
    if (!error) onTakenBack();
  };
  const outcome = outcomeInWords(vote, model);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
      <span>
        Last vote {moment(vote.time)}: {outcome}
      </span>
      <Button look="quiet" aria-keyshortcuts="u" onClick={() => setAsking(true)}>
        <Undo2 aria-hidden />
        Take it back
        <Key>u</Key>
      </Button>
      <ConfirmDialog
        open={asking}
        title="Take the last vote back?"
        confirm="Take it back"
        cancel="Keep it"
        busy={isLoading}
        onConfirm={takeBack}
        onClose={() => setAsking(false)}
      >
        The vote of {moment(vote.time)} ({outcome}) counts no more, and gives no preference pairs.
      </ConfirmDialog>
    </div>
  );
}

import type { ApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Notice } from "../../../ui/Notice";
import { Sentence } from "../Sentence";

const titles: Record<string, string> = {
  hub_gated: "Its owner has to let you in",
  hub_not_found: "The hub has nothing like it",
  hub_unreachable: "The hub does not answer",
  hub_offline: "The hub is not asked",
  hub_token: "The hub does not know your token",
  hub_busy: "The hub is busy",
  invalid_repo_id: "That is no repository",
};

/** Why nothing could be looked up, with the next step; what was typed stays in the field above. */
export function LookFailure({
  problem: { code, detail },
  onRetry,
}: {
  problem: ApiError;
  onRetry: () => void;
}) {
  return (
    <Notice
      kind="error"
      title={titles[code] ?? "It could not be looked up"}
      actions={<Button onClick={onRetry}>Look again</Button>}
    >
      <Sentence>{detail}</Sentence>
    </Notice>
  );
}

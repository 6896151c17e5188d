import type { ApiError } from "../../../api/base";
import { Button } from "../../../ui/Button";
import { Notice } from "../../../ui/Notice";

const titles: Record<string, string> = {
  gated: "Its owner has to let you in",
  not_found: "There is no such repository",
  hub_offline: "The hub does not answer",
  disk_full: "There is not enough room on the disk",
};

/** Why nothing could be looked up, with the next step; what was typed stays in the field above. */
export function LookFailure({
  problem: { code, detail },
  repositoryId,
  onRetry,
}: {
  problem: ApiError;
  repositoryId: string;
  onRetry: () => void;
}) {
  return (
    <Notice
      kind="error"
      title={titles[code] ?? "It could not be looked up"}
      actions={
        <>
          <Button onClick={onRetry}>Look again</Button>
          {code === "gated" && <HubPage repositoryId={repositoryId} />}
        </>
      }
    >
      <p>{detail}</p>
    </Notice>
  );
}

/** Where access is asked for. */
function HubPage({ repositoryId }: { repositoryId: string }) {
  return (
    <a
      href={`https://huggingface.co/${repositoryId}`}
      target="_blank"
      rel="noreferrer"
      className="inline-flex min-h-9 items-center px-3 text-accent hover:underline"
    >
      Open its page
    </a>
  );
}

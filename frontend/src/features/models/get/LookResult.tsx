import { ArrowDownToLine, Lock } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { type HubModel, useDownloadModelMutation, useLookAtHubModelQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button, ButtonLink } from "../../../ui/Button";
import { Card } from "../../../ui/Card";
import { Loading } from "../../../ui/Faces";
import { bytes, plural } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { Num } from "../../../ui/Num";
import { Sentence } from "../Sentence";
import { modelAddress, unknown } from "../words";
import { LookFailure } from "./LookFailure";

/** What the hub says of one repository, and the button that downloads it. */
export function LookResult({ repositoryId, revision }: { repositoryId: string; revision: string | null }) {
  const { currentData, isError, error, isFetching, refetch } = useLookAtHubModelQuery(
    { repoId: repositoryId, ...(revision ? { revision } : {}) },
    { refetchOnMountOrArgChange: true },
  );
  if (isError && !isFetching) {
    return <LookFailure problem={asApiError(error)} onRetry={() => void refetch()} />;
  }
  if (!currentData) return <Loading label="Asking the hub" />;
  return <Found model={currentData} onRetry={() => void refetch()} />;
}

function Found({ model, onRetry }: { model: HubModel; onRetry: () => void }) {
  const { repo_id, revision, gated, in_library, other_revision, problem } = model;
  return (
    <Card className="grid grid-cols-1 gap-4">
      <div>
        <h3 className="font-semibold [overflow-wrap:anywhere]">{repo_id}</h3>
        <p className="flex flex-wrap items-center gap-x-3 text-sm text-soft">
          <span>
            commit <Num short={revision.slice(0, 8)} full={revision} />
          </span>
          {gated && (
            <span className="flex items-center gap-1.5">
              <Lock aria-hidden className="size-3.5" />
              gated: its owner lets people in
            </span>
          )}
        </p>
      </div>
      <Facts model={model} />
      {problem && (
        <Notice
          kind="warning"
          title="It cannot be downloaded"
          actions={<Button onClick={onRetry}>Look again</Button>}
        >
          <Sentence>{problem}</Sentence>
        </Notice>
      )}
      {in_library ? (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-soft">It is in the library already.</p>
          <ButtonLink to={modelAddress(in_library)}>Show it</ButtonLink>
        </div>
      ) : (
        <>
          {other_revision && (
            <p className="text-soft [overflow-wrap:anywhere]">
              Another revision of it is in the library, as{" "}
              <Link to={modelAddress(other_revision)} className="text-accent hover:underline">
                {other_revision}
              </Link>
              . A download takes this one beside it.
            </p>
          )}
          <Download model={model} />
        </>
      )}
    </Card>
  );
}

function Facts({ model }: { model: HubModel }) {
  const { model_type, licence, files, download_bytes, already_bytes, free_bytes, name } = model;
  const left = Math.max(0, download_bytes - already_bytes);
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1">
      <Fact name="Download">
        <Num short={bytes(left)} full={left} />
        <span className="text-soft">
          {" "}
          in {plural(files.length, "file")}
          {already_bytes > 0 && `, ${bytes(already_bytes)} of ${bytes(download_bytes)} are here already`}
        </span>
      </Fact>
      <Fact name="Free on disk">
        <Num short={bytes(free_bytes)} full={free_bytes} />
      </Fact>
      <Fact name="Architecture">{model_type ?? unknown}</Fact>
      <Fact name="Licence">{licence ?? "none named"}</Fact>
      <Fact name="Name here">
        <span className="mono [overflow-wrap:anywhere]">{name}</span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

function Download({ model }: { model: HubModel }) {
  const [download, { isLoading, error }] = useDownloadModelMutation();
  const navigate = useNavigate();
  const { repo_id, revision, name, problem, already_bytes } = model;
  const start = async () => {
    const { data } = await download({ downloadRequest: { repo_id, revision, name } });
    if (data) navigate("/models");
  };
  return (
    <>
      {error && (
        <Notice kind="error" title="The download was not started">
          <Sentence>{asApiError(error).detail}</Sentence>
        </Notice>
      )}
      <Button
        look="primary"
        className="justify-self-start"
        disabled={isLoading || problem !== null}
        onClick={start}
      >
        <ArrowDownToLine aria-hidden />
        {already_bytes > 0 ? "Go on downloading" : "Download"}
      </Button>
    </>
  );
}

import { Link, useNavigate } from "react-router";
import { type CachedModel, useAddModelMutation, useListCachedModelsQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button, ButtonLink } from "../../../ui/Button";
import { Empty, Failure, Loading } from "../../../ui/Faces";
import { NoteIcon } from "../../../ui/Field";
import { bytes } from "../../../ui/format";
import { modelAddress, parametersInWords } from "../words";
import { wayAddress } from "./address";

/** What other programs on this machine downloaded already: it can be used where it lies. */
export function CachedModels() {
  const { data, isError, error, refetch } = useListCachedModelsQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  if (data) return data.length > 0 ? <Rows models={data} /> : <Nothing />;
  if (!isError) return <Loading label="Looking into the cache" />;
  return (
    <Failure
      title="The cache could not be read"
      problem={asApiError(error)}
      onRetry={<Button onClick={() => refetch()}>Try again</Button>}
    />
  );
}

function Nothing() {
  return (
    <Empty
      title="The cache holds no models"
      action={<ButtonLink to={wayAddress("hub")}>Look one up on the hub</ButtonLink>}
    >
      What transformers, mlx-lm and other programs download from the hub is kept in one cache, and would stand
      here.
    </Empty>
  );
}

function Rows({ models }: { models: CachedModel[] }) {
  return (
    <div className="grid grid-cols-1 gap-4">
      <p className="max-w-prose text-soft">
        Downloaded earlier by other programs. Added to the library they are used where they lie: nothing is
        copied.
      </p>
      <ul className="grid grid-cols-1">
        {models.map((model) => (
          <Row key={model.path} model={model} />
        ))}
      </ul>
    </div>
  );
}

function Row({ model }: { model: CachedModel }) {
  const [add, { isLoading, error }] = useAddModelMutation();
  const navigate = useNavigate();
  const { repo_id, revision, path, in_library, problem } = model;
  const use = async () => {
    const { data } = await add({ newLink: { path } });
    if (data) navigate(modelAddress(data.name));
  };
  const wrong = error ? asApiError(error).detail : problem;
  return (
    <li className="flex min-w-0 flex-wrap items-center justify-between gap-x-8 gap-y-2 border-b border-line py-3 first:border-t">
      <div className="min-w-0 flex-1 basis-72">
        <p className="font-medium [overflow-wrap:anywhere]">{repo_id}</p>
        <p className="text-sm text-soft">{factsOf(model)}</p>
        <p className="mono text-xs text-soft [overflow-wrap:anywhere]" title={path}>
          {revision.slice(0, 8)}
        </p>
        {wrong && (
          <p role="alert" className="mt-1 flex gap-1.5 text-sm text-bad">
            <NoteIcon bad />
            <span className="min-w-0 [overflow-wrap:anywhere]">{wrong}</span>
          </p>
        )}
      </div>
      {in_library ? (
        <Link to={modelAddress(in_library)} className="text-accent hover:underline">
          In the library
        </Link>
      ) : (
        <Button disabled={isLoading || problem !== null} aria-label={`Use it: ${repo_id}`} onClick={use}>
          Use it
        </Button>
      )}
    </li>
  );
}

function factsOf({ model_type, parameters, precision, size_bytes, licence }: CachedModel): string {
  return [
    model_type,
    parameters !== null && `${parametersInWords(parameters)} parameters`,
    precision,
    bytes(size_bytes),
    licence,
  ]
    .filter(Boolean)
    .join(" · ");
}

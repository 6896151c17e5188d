import { Link } from "react-router";
import { type CuratedModel, useListCuratedModelsQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button, ButtonLink } from "../../../ui/Button";
import { Section } from "../../../ui/Card";
import { Failure, Loading } from "../../../ui/Faces";
import { bytes, count } from "../../../ui/format";
import { RoomLabel } from "../RoomLabel";
import type { Room } from "../verdict";
import { contextInWords, modelAddress } from "../words";

interface CuratedProps {
  /** where a repository is looked up */
  addressOf: (repositoryId: string) => string;
  onChosen: () => void;
}

const trains: Record<Room, (method: string) => string> = {
  fits: (method) => `Trains here with ${method}`,
  tight: (method) => `${method} is tight here`,
  too_large: (method) => `Too large for ${method} here`,
};

/** A few well-known models, the smallest first. */
export function Curated(props: CuratedProps) {
  const { data, isError, error, refetch } = useListCuratedModelsQuery();
  return (
    <Section title="A few to begin with">
      {data ? (
        <ul className="grid grid-cols-1">
          {data.map((model) => (
            <Row key={model.repo_id} model={model} {...props} />
          ))}
        </ul>
      ) : isError ? (
        <Failure
          title="The list could not be read"
          problem={asApiError(error)}
          onRetry={<Button onClick={() => refetch()}>Try again</Button>}
        />
      ) : (
        <Loading />
      )}
    </Section>
  );
}

function Row({ model, addressOf, onChosen }: { model: CuratedModel } & CuratedProps) {
  const { repo_id, title, good_for, fit, in_library } = model;
  return (
    <li className="grid min-w-0 grid-cols-1 gap-x-8 gap-y-2 border-b border-line py-3 first:border-t wide:grid-cols-[minmax(0,1fr)_minmax(0,15rem)_8rem] wide:items-center">
      <div className="min-w-0">
        <h3 className="font-medium">{title}</h3>
        <p>{good_for}</p>
        <p className="text-sm text-soft [overflow-wrap:anywhere]">
          <span className="mono">{repo_id}</span>
        </p>
      </div>
      <div className="text-sm">
        <RoomLabel
          room={fit.verdict}
          words={trains[fit.verdict](fit.use === "qlora" ? "QLoRA" : "LoRA")}
          title={fit.sentence}
        />
        <p className="text-soft">
          <span className="mono">{count(model.parameters)}</span> parameters,{" "}
          <span className="mono">{bytes(model.download_bytes)}</span>
        </p>
        <p className="text-soft">
          {contextInWords(model.context_length)}, {model.licence}
          {model.gated && ", gated"}
        </p>
      </div>
      {in_library ? (
        <Link to={modelAddress(in_library)} className="text-accent hover:underline wide:justify-self-end">
          In the library
        </Link>
      ) : (
        <ButtonLink
          to={addressOf(repo_id)}
          preventScrollReset
          onClick={onChosen}
          aria-label={`Look up ${title}`}
          className="justify-self-start wide:justify-self-end"
        >
          Look up
        </ButtonLink>
      )}
    </li>
  );
}

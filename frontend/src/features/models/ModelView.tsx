import { type Model, useGetModelQuery } from "../../api";
import { asApiError } from "../../api/base";
import { CopyIcon } from "../../ui/CopyButton";
import { Notice } from "../../ui/Notice";
import { Actions } from "./Actions";
import { ConvertSection } from "./convert/ConvertSection";
import { Facts } from "./Facts";
import { Fits } from "./Fits";
import { Modules } from "./Modules";

export function ModelView({ model }: { model: Model }) {
  const { name, path, problem } = model;
  const { currentData: detail, isError, error } = useGetModelQuery({ name }, { skip: problem !== null });
  const unread = isError ? asApiError(error).detail : null;
  return (
    <article aria-labelledby="model" className="mt-1 grid grid-cols-1 gap-8">
      <header className="flex flex-wrap items-start justify-between gap-x-8 gap-y-4">
        <div className="min-w-0 flex-1 basis-80">
          <h2 id="model" className="text-xl font-semibold [overflow-wrap:anywhere]">
            {name}
          </h2>
          <p className="flex items-center gap-3 text-sm text-soft">
            <span className="mono min-w-0 [overflow-wrap:anywhere]">{model.linked_to ?? path}</span>
            <CopyIcon text={model.linked_to ?? path} label="Copy the path" />
          </p>
        </div>
        <Actions model={model} />
      </header>
      {problem && (
        <Notice kind="error" title="It cannot be used">
          <p>{problem}</p>
        </Notice>
      )}
      {unread && (
        <Notice kind="warning" title="It could not be read in full">
          <p>{unread}</p>
        </Notice>
      )}
      <div className="grid grid-cols-1 gap-x-12 gap-y-8 lg:grid-cols-2">
        <Facts model={model} detail={detail} />
        <Fits fits={model.fits} />
      </div>
      {!problem && <Modules profile={detail?.profile} missing={unread !== null} />}
      {!problem && <ConvertSection model={model} />}
    </article>
  );
}

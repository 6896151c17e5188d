import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Dataset, Model } from "../../api";
import { ButtonLink } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import type { FormValues } from "./fields";
import { suggestionFor } from "./suggestions";

interface WhereToBeginProps {
  values: FormValues;
  models: Model[];
  datasets: Dataset[];
  /** whether nothing was trained here yet */
  firstVisit: boolean;
}

/** What is missing and where to get it; on a first visit what is chosen, why, and what to do. */
export function WhereToBegin({ values, models, datasets, firstVisit }: WhereToBeginProps) {
  const noModel = !models.some(({ problem }) => !problem) && values.model_path === "";
  const noData = !datasets.some(({ problem }) => !problem) && values.train_data_path === "";
  if (noModel || noData) return <Missing model={noModel} data={noData} />;
  if (!firstVisit || values.model_path === "" || values.train_data_path === "") return null;
  return <FirstVisit measured={suggestionFor(values, datasets) !== undefined} values={values} />;
}

function Missing({ model, data }: { model: boolean; data: boolean }) {
  return (
    <Notice
      title={
        model && data
          ? "A model and data are needed first"
          : model
            ? "A base model is needed first"
            : "Data is needed first"
      }
      actions={
        <>
          {model && (
            <ButtonLink look="primary" to="/models">
              Get a model
            </ButtonLink>
          )}
          {data && (
            <ButtonLink look={model ? "plain" : "primary"} to="/data">
              Bring data
            </ButtonLink>
          )}
        </>
      }
    >
      <p className="text-soft">
        {model && "A run teaches a base model something new: download one, or add a folder that you have. "}
        {data && "Data is what it learns from: a file of examples in nearly any shape will do. "}
        Then come back here.
      </p>
    </Notice>
  );
}

/** One sentence and one thing to do. */
function FirstVisit({ values, measured }: { values: FormValues; measured: boolean }) {
  return (
    <div className="max-w-prose text-soft">
      <p>
        Nothing was trained here yet. <Name>{values.model_path}</Name> and{" "}
        <Name>{values.train_data_path}</Name> are chosen{" "}
        {measured
          ? "since they belong together: their settings were measured, so nothing needs to be filled in."
          : "and filled in for a quick look, so that you see soon whether it learns."}{" "}
        <span className="font-medium text-ink">Press Start training.</span>
      </p>
      <p className="mt-1">
        Your own: <Elsewhere to="/data">bring data</Elsewhere> or{" "}
        <Elsewhere to="/models">get a model</Elsewhere>, then choose them here.
      </p>
    </div>
  );
}

function Name({ children }: { children: ReactNode }) {
  return <span className="mono [overflow-wrap:anywhere] text-ink">{children}</span>;
}

function Elsewhere({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} className="font-medium text-accent underline-offset-2 hover:underline">
      {children}
    </Link>
  );
}

import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { type Dataset, useGetDatasetQuery, useListModelsQuery } from "../../../api";
import { asApiError } from "../../../api/base";
import { Button, ButtonLink } from "../../../ui/Button";
import { Empty, Failure, Loading } from "../../../ui/Faces";
import { whole } from "../../../ui/format";
import { Notice } from "../../../ui/Notice";
import { Segments } from "../../../ui/Segments";
import { DeleteDialog } from "../DeleteDialog";
import { isLearnedFrom, splitNames, splitsOf } from "../words";
import { About } from "./About";
import type { View } from "./address";
import { Rows } from "./Rows";
import { Statistics } from "./Statistics";
import { Tokens } from "./Tokens";
import { useShown } from "./useShown";

/** One data set: what it is, its rows, what a model's tokenizer makes of them. */
export function DatasetPage() {
  const { name = "" } = useParams();
  const { currentData, isError, error, refetch } = useGetDatasetQuery(
    { name },
    { refetchOnMountOrArgChange: true },
  );
  if (currentData) return <DatasetView dataset={currentData} />;
  if (!isError) return <Loading label="Reading the data set" />;
  const problem = asApiError(error);
  if (problem.status === 404) {
    return (
      <Empty title="There is no such data set" action={<ButtonLink to="/data">All data sets</ButtonLink>}>
        {problem.detail}
      </Empty>
    );
  }
  return (
    <Failure
      title="The data set could not be read"
      problem={problem}
      onRetry={<Button onClick={() => refetch()}>Try again</Button>}
    />
  );
}

function DatasetView({ dataset }: { dataset: Dataset }) {
  return (
    <article aria-labelledby="dataset" className="grid grid-cols-1 gap-6">
      <Head dataset={dataset} />
      {dataset.problem !== null ? (
        <Notice kind="error" title="It cannot be used as it is">
          <p>{dataset.problem}</p>
        </Notice>
      ) : (
        <Contents dataset={dataset} />
      )}
    </article>
  );
}

function Head({ dataset }: { dataset: Dataset }) {
  const [deleting, setDeleting] = useState(false);
  const navigate = useNavigate();
  return (
    <header className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <h2 id="dataset" className="min-w-0 text-xl font-semibold [overflow-wrap:anywhere]">
          {dataset.name}
        </h2>
        <span className="flex gap-2">
          <Button look="quiet" onClick={() => setDeleting(true)}>
            Delete
          </Button>
          {isLearnedFrom(dataset) && (
            <ButtonLink look="primary" to={`/setup?data=${encodeURIComponent(dataset.name)}`}>
              Train on this
            </ButtonLink>
          )}
        </span>
      </div>
      <About dataset={dataset} />
      <DeleteDialog
        dataset={deleting ? dataset : null}
        onDeleted={() => navigate("/data")}
        onClose={() => setDeleting(false)}
      />
    </header>
  );
}

const views: { value: View; label: string }[] = [
  { value: "rows", label: "Rows" },
  { value: "tokens", label: "Tokens" },
  { value: "statistics", label: "Statistics" },
];

function Contents({ dataset }: { dataset: Dataset }) {
  const { shown, change } = useShown();
  const { data: models, isError, error, refetch } = useListModelsQuery();
  const splits = splitsOf(dataset);
  const split = splits.find((known) => known === shown.split) ?? splits[0];
  if (split === undefined) {
    return <Notice title="It has no rows">Bring its files in again to see what became of them.</Notice>;
  }
  const needsModels = shown.view !== "rows";
  return (
    <div className="grid grid-cols-1 gap-6">
      <div className="flex flex-wrap gap-x-6 gap-y-3">
        <Segments<View>
          label="What is shown"
          value={shown.view}
          onChange={(view) => change({ view })}
          options={views}
        />
        <Segments
          label="Split"
          value={split}
          onChange={(chosen) => change({ split: chosen, page: 0, row: 0, part: 0 })}
          options={splits.map((known) => ({
            value: known,
            label: `${splitNames[known]} ${whole(dataset.rows[known] ?? 0)}`,
          }))}
        />
      </div>
      {shown.view === "rows" && (
        <Rows
          name={dataset.name}
          split={split}
          page={shown.page}
          onPage={(page) => change({ page })}
          onRow={(row) => change({ view: "tokens", split, row, part: 0 })}
        />
      )}
      {needsModels && !models && !isError && <Loading label="Looking for models" />}
      {needsModels && !models && isError && (
        <Failure
          title="The models could not be listed"
          problem={asApiError(error)}
          onRetry={<Button onClick={() => refetch()}>Try again</Button>}
        />
      )}
      {shown.view === "tokens" && models && (
        <Tokens dataset={dataset} split={split} models={models} shown={shown} change={change} />
      )}
      {shown.view === "statistics" && models && (
        <Statistics dataset={dataset} split={split} models={models} shown={shown} change={change} />
      )}
    </div>
  );
}

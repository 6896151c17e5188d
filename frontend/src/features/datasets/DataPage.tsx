import { Plus } from "lucide-react";
import { useState } from "react";
import { type Dataset, useListDatasetsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { Button, ButtonLink } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Faces";
import { Field } from "../../ui/Field";
import { plural } from "../../ui/format";
import { TextInput } from "../../ui/TextInput";
import { useWide } from "../../ui/useWide";
import { DatasetCards, DatasetTable } from "./DatasetList";
import { DeleteDialog } from "./DeleteDialog";
import { Drafts } from "./Drafts";

const pageSize = 100;
const worthSearching = 8;

/** The data sets there are, what was begun and left, and the way to bring more. */
export function DataPage() {
  const { data, isError, error, refetch } = useListDatasetsQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  if (!data) {
    if (!isError) return <Loading label="Reading the data sets" />;
    return (
      <Failure
        title="The data sets could not be listed"
        problem={asApiError(error)}
        onRetry={<Button onClick={() => refetch()}>Try again</Button>}
      />
    );
  }
  return (
    <div className="grid grid-cols-1 gap-8">
      <Drafts />
      {data.length === 0 ? <NoData /> : <Datasets datasets={data} />}
    </div>
  );
}

function NoData() {
  return (
    <Empty title="No data yet" action={<BringData />}>
      Bring examples of what the model shall learn: a file, a folder or pasted text, in any of the usual
      shapes. Nothing leaves this machine.
    </Empty>
  );
}

function BringData() {
  return (
    <ButtonLink to="/data/import" look="primary">
      <Plus aria-hidden />
      Bring data
    </ButtonLink>
  );
}

function Datasets({ datasets }: { datasets: Dataset[] }) {
  const [wanted, setWanted] = useState("");
  const [limit, setLimit] = useState(pageSize);
  const [deleting, setDeleting] = useState<Dataset | null>(null);
  const wide = useWide();
  const found = datasets.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
  const shown = found.slice(0, limit);
  const List = wide ? DatasetTable : DatasetCards;
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="flex flex-wrap items-end justify-between gap-4">
        {datasets.length > worthSearching ? (
          <Field label="Find" className="w-full max-w-sm">
            {(control) => (
              <TextInput
                {...control}
                type="search"
                placeholder="Name"
                value={wanted}
                onChange={(event) => setWanted(event.target.value)}
              />
            )}
          </Field>
        ) : (
          <p className="text-soft">What models are trained on. Every set is a folder of JSONL files.</p>
        )}
        <BringData />
      </div>
      {shown.length > 0 ? (
        <List datasets={shown} onDelete={setDeleting} />
      ) : (
        <p className="text-soft">No data set has “{wanted}” in its name.</p>
      )}
      <p className="flex items-center gap-4 text-sm text-soft" role="status">
        {found.length > shown.length
          ? `${shown.length} of ${plural(found.length, "data set")}`
          : plural(found.length, "data set")}
        {found.length > shown.length && (
          <Button onClick={() => setLimit(limit + pageSize)}>Show {pageSize} more</Button>
        )}
      </p>
      <DeleteDialog dataset={deleting} onClose={() => setDeleting(null)} />
    </div>
  );
}

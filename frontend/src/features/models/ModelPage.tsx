import { ArrowLeft } from "lucide-react";
import { Link, useParams } from "react-router";
import { useListModelsQuery } from "../../api";
import { asApiError } from "../../api/base";
import { Button, ButtonLink } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Faces";
import { ModelView } from "./ModelView";

/** One model of the library, as the list knows it; what takes longer to find out comes after it. */
export function ModelPage() {
  const { name = "" } = useParams();
  const { data, isFetching, isError, error, refetch } = useListModelsQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  const model = data?.find((one) => one.name === name);
  if (!data || (!model && isFetching)) {
    if (!isError) return <Loading label="Reading the model" />;
    return (
      <Failure
        title="The model could not be read"
        problem={asApiError(error)}
        onRetry={<Button onClick={() => refetch()}>Try again</Button>}
      />
    );
  }
  if (!model) {
    return (
      <Empty title="There is no such model" action={<ButtonLink to="/models">All models</ButtonLink>}>
        The library has none named <span className="mono [overflow-wrap:anywhere]">{name}</span>.
      </Empty>
    );
  }
  return (
    <>
      <Link to="/models" className="inline-flex items-center gap-1.5 text-sm text-soft hover:text-ink">
        <ArrowLeft aria-hidden className="size-4" />
        All models
      </Link>
      <ModelView key={name} model={model} />
    </>
  );
}

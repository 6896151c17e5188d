import { useRouteError } from "react-router";
import { asApiError } from "../api/base";
import { Button, ButtonLink } from "../ui/Button";
import { Empty, Failure } from "../ui/Faces";

/** A page that fell over: the rest of the studio stays. */
export function PageCrash() {
  const problem = asApiError(useRouteError());
  return (
    <Failure
      title="This page could not be shown"
      problem={problem}
      onRetry={
        <Button look="primary" onClick={() => location.reload()}>
          Load it again
        </Button>
      }
    />
  );
}

export function NotFound() {
  return (
    <Empty title="There is no such page" action={<ButtonLink to="/setup">Go to Setup</ButtonLink>}>
      The address may have been typed or copied wrongly.
    </Empty>
  );
}

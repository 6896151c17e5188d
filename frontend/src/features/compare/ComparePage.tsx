import { useLibraries } from "../../api/libraries";
import { Button, ButtonLink } from "../../ui/Button";
import { Empty, Failure, Loading } from "../../ui/Faces";
import { CompareView } from "./CompareView";

export function ComparePage() {
  const { libraries, problem, retry } = useLibraries();
  if (problem) {
    return (
      <Failure
        title="Models and adapters could not be listed"
        problem={problem}
        onRetry={<Button onClick={retry}>Try again</Button>}
      />
    );
  }
  if (!libraries) return <Loading label="Looking for adapters" />;
  if (libraries.adapters.length === 0) {
    return (
      <Empty
        title="No adapter to compare yet"
        action={
          <ButtonLink to="/setup" look="primary">
            Set up a run
          </ButtonLink>
        }
      >
        Train an adapter, and its answers will stand here beside those of its base model.
      </Empty>
    );
  }
  return <CompareView libraries={libraries} />;
}

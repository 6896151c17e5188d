import { useLibraries } from "../../../api/libraries";
import { Button, ButtonLink } from "../../../ui/Button";
import { Empty, Failure, Loading } from "../../../ui/Faces";
import { complete } from "../columns";
import { BlindView } from "./BlindView";
import { useHidden } from "./useHidden";
import { useRounds } from "./useRounds";

/** Base and adapters answer without their names, and somebody says which is better. */
export function BlindPage() {
  const rounds = useRounds();
  const { comparison, change } = useHidden(["answering", "judging"].includes(rounds.stage.at));
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
        title="No adapter to judge yet"
        action={
          <ButtonLink to="/setup" look="primary">
            Set up a run
          </ButtonLink>
        }
      >
        Train an adapter, and judge here without knowing which answer is its own.
      </Empty>
    );
  }
  return (
    <BlindView
      rounds={rounds}
      comparison={complete(comparison, libraries.models, libraries.adapters)}
      {...libraries}
      onChange={change}
    />
  );
}

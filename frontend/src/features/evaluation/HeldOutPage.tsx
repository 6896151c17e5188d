import { useLibraries } from "../../api/libraries";
import { Button } from "../../ui/Button";
import { Failure, Loading } from "../../ui/Faces";
import { HeldOutView } from "./HeldOutView";

/** Held-out numbers: losses of base and adapters on rows that nothing was trained on, and on a general text. */
export function HeldOutPage() {
  const { libraries, problem, retry } = useLibraries();
  if (problem) {
    return (
      <Failure
        title="Models, adapters and data could not be listed"
        problem={problem}
        onRetry={<Button onClick={retry}>Try again</Button>}
      />
    );
  }
  if (!libraries) return <Loading label="Reading the libraries" />;
  return <HeldOutView libraries={libraries} />;
}

import { useFormContext } from "react-hook-form";
import { Button } from "../../ui/Button";
import { applies } from "./applies";
import { ConfigField } from "./ConfigField";
import { describe, type FormValues } from "./fields";

/** Batches by tokens have no size of their own: the field says so in its place. */
export function BatchSize() {
  const { watch, setValue } = useFormContext<FormValues>();
  if (applies("batch_size", watch())) return <ConfigField name="batch_size" />;
  return (
    <div>
      <p className="mb-1 font-medium">{describe("batch_size").title}</p>
      <p className="text-sm text-soft">
        As many examples as fit into <span className="mono text-ink">{String(watch("batch_tokens"))}</span>{" "}
        tokens.
      </p>
      <Button className="mt-1.5" onClick={() => setValue("batch_tokens", "", { shouldValidate: true })}>
        Use a fixed size
      </Button>
    </div>
  );
}

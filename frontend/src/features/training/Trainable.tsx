import type { Started } from "../../api";
import { count, percent } from "../../ui/format";
import { Num } from "../../ui/Num";

/** What the run trains, and how much of it lies in which kind of module. */
export function Trainable({ started }: { started: Started }) {
  const { trainable_parameters, total_parameters, trainable_percent, trainable_by_module } = started;
  return (
    <p className="text-sm text-soft">
      Trains <Num short={count(trainable_parameters)} full={trainable_parameters} /> parameters,{" "}
      <span className="mono">{percent(trainable_percent)}</span> of{" "}
      <Num short={count(total_parameters)} full={total_parameters} />
      {Object.entries(trainable_by_module).map(([module, parameters], index) => (
        <span key={module}>
          {index === 0 ? ": " : ", "}
          <span className="whitespace-nowrap">
            {kind(module)} <Num short={count(parameters)} full={parameters} />
          </span>
        </span>
      ))}
    </p>
  );
}

function kind(module: string): string {
  return module === "mlp" ? "MLP" : module.replaceAll("_", " ");
}

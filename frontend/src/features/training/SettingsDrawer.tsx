import type { SessionDetail, TrainingConfig } from "../../api";
import schema from "../../api/trainingConfig.json";
import { CopyButton } from "../../ui/CopyButton";
import { Drawer } from "../../ui/Disclosure";
import { count, percent, rate } from "../../ui/format";
import { asCurl, asYaml } from "./exports";
import type { RunRecord } from "./runRecord";

/** What this run was started with, to read and to take away. */
export function SettingsDrawer({ session, record }: { session: SessionDetail; record: RunRecord }) {
  const { config } = session;
  return (
    <Drawer title="Settings of this run">
      <dl className="grid gap-x-8 gap-y-1 text-sm sm:grid-cols-2 xl:grid-cols-3">
        {record.started && (
          <>
            <Row
              name="Trainable"
              value={`${count(record.started.trainable_parameters)} (${percent(record.started.trainable_percent)})`}
            />
            <Row name="Device" value={record.started.device} />
          </>
        )}
        {Object.entries(schema).map(([name, { title }]) => (
          <Row key={name} name={title} value={written(config[name as keyof TrainingConfig])} />
        ))}
      </dl>
      <div className="mt-4 flex flex-wrap gap-2">
        <CopyButton text={asYaml(config)} label="Copy as YAML" />
        <CopyButton text={asCurl(config, location.origin)} label="Copy as curl" />
      </div>
    </Drawer>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex min-w-0 items-baseline justify-between gap-4 border-b border-line py-1">
      <dt className="text-soft">{name}</dt>
      <dd className="mono min-w-0 text-right [overflow-wrap:anywhere]">{value}</dd>
    </div>
  );
}

function written(value: TrainingConfig[keyof TrainingConfig]): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return value !== 0 && Math.abs(value) < 0.01 ? rate(value) : String(value);
  return Array.isArray(value) ? value.join(", ") : value;
}

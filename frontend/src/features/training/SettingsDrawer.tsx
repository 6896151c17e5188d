import { Download } from "lucide-react";
import { type SessionDetail, type TrainingConfig, useGetSessionConfigQuery } from "../../api";
import { settingInWords } from "../../api/settingInWords";
import schema from "../../api/trainingConfig.json";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Drawer } from "../../ui/Disclosure";
import { asCurl } from "./exports";
import type { RunRecord } from "./runRecord";

/** What this run was started with, to read and to take away. */
export function SettingsDrawer({ session, record }: { session: SessionDetail; record: RunRecord }) {
  const { config } = session;
  return (
    <Drawer title="Settings of this run">
      <dl className="grid gap-x-8 gap-y-1 text-sm sm:grid-cols-2 xl:grid-cols-3">
        {record.started && <Row name="Device" value={record.started.device} />}
        {Object.entries(schema).map(([name, { title }]) => (
          <Row key={name} name={title} value={settingInWords(config, name as keyof TrainingConfig)} />
        ))}
      </dl>
      <TakeAway session={session} />
    </Drawer>
  );
}

function TakeAway({ session }: { session: SessionDetail }) {
  const { data: yaml = "" } = useGetSessionConfigQuery({ sessionId: session.id });
  const stockRun = `/api/sessions/${encodeURIComponent(session.id)}/mlx_lora.yaml`;
  return (
    <div className="mt-4 grid gap-3">
      <div className="flex flex-wrap gap-2">
        <CopyButton text={String(yaml)} label="Copy as YAML" />
        <CopyButton text={asCurl(session.config, location.origin)} label="Copy as curl" />
        <Button onClick={() => download(stockRun, "mlx_lora.yaml")}>
          <Download aria-hidden />
          Download mlx_lora.yaml
        </Button>
      </div>
      <p className="text-sm text-soft">
        <code className="mono text-ink">mlx_lm.lora -c mlx_lora.yaml</code> starts the nearest run of stock
        mlx-lm.
      </p>
    </div>
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

function download(path: string, name: string) {
  const link = document.createElement("a");
  link.href = path;
  link.download = name;
  link.click();
}

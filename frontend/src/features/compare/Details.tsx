import type { AdapterDetails } from "../../api";
import { figure } from "../../ui/format";
import { Notice } from "../../ui/Notice";

const weights = { best: "best", latest: "latest", none: "base" };
const methods = { lora: "LoRA", dora: "DoRA", full: "full fine-tuning" };

/** Which weights spoke, and what is doubtful about them. */
export function Details({ details }: { details: AdapterDetails }) {
  const rows = details.type === "none" ? baseRows(details) : adapterRows(details);
  return (
    <>
      <dl className="mt-2 grid gap-x-6 text-sm sm:grid-cols-2" aria-label="Details">
        {rows.map(([name, value, title]) => (
          <div key={name} className="flex min-w-0 justify-between gap-3 border-b border-line py-1">
            <dt className="text-soft">{name}</dt>
            <dd className="mono min-w-0 text-right [overflow-wrap:anywhere]" title={title}>
              {value}
            </dd>
          </div>
        ))}
      </dl>
      <div className="mt-3 grid gap-2 empty:hidden">
        {details.warnings.map((warning) => (
          <Notice key={warning} kind="warning">
            {warning}
          </Notice>
        ))}
      </div>
    </>
  );
}

type Row = [name: string, value: string, title?: string];

function baseRows(details: AdapterDetails): Row[] {
  return [
    ["Weights", weights.none],
    ["Chat template", yesNo(details.chat_template_used)],
  ];
}

function adapterRows(details: AdapterDetails): Row[] {
  const { method } = details;
  return [
    ["Weights", weights[details.type]],
    ["Method", method ? methods[method] : known(null)],
    ...(method === "full" ? [] : updateRows(details)),
    ["Layers", layers(details)],
    ["Chat template", yesNo(details.chat_template_used)],
    ["Made on", known(details.model_recorded)],
  ];
}

/** What only a low-rank update has. */
function updateRows({ rank, alpha, scale, dropout, keys }: AdapterDetails): Row[] {
  return [
    ["Rank", known(rank)],
    ["Alpha", known(alpha)],
    ["Scale", scale === null ? known(null) : `×${figure(scale)}`],
    ["Keys", keys === null ? "every linear module" : String(keys.length), keys?.join("\n")],
    ["Dropout", known(dropout)],
  ];
}

function layers({ num_layers, expected_layers }: AdapterDetails): string {
  if (num_layers === null) return known(null);
  return num_layers === -1 ? `All (${expected_layers})` : `${num_layers} of ${expected_layers}`;
}

function known(value: number | string | null): string {
  if (value === null) return "not recorded";
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : value;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

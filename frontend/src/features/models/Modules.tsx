import type { ModelProfile } from "../../api";
import { Section } from "../../ui/Card";
import { Loading } from "../../ui/Faces";
import { count, percent, whole } from "../../ui/format";
import { Num } from "../../ui/Num";
import { type GroupRow, groupRows } from "./groups";

/** What the model is made of, and what of it LoRA can adapt. */
export function Modules({ profile, missing }: { profile: ModelProfile | undefined; missing: boolean }) {
  if (missing) return null;
  return (
    <Section
      title="Modules"
      aside={profile && <span className="text-sm text-soft">that LoRA can adapt, by group</span>}
    >
      {profile ? <Table profile={profile} /> : <Loading label="Reading the modules" />}
    </Section>
  );
}

function Table({ profile }: { profile: ModelProfile }) {
  const rows = groupRows(profile);
  const total = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  return (
    <table aria-label="Modules by group" className="w-full table-fixed text-left">
      <thead className="text-sm text-soft">
        <tr className="border-b border-line [&>th]:pb-2 [&>th]:font-normal">
          <th scope="col" className="w-[42%] wide:w-[20%]">
            Group
          </th>
          <th scope="col" className="max-wide:hidden">
            Names
          </th>
          <th scope="col" className="w-[24%] text-right wide:w-[12%]">
            Modules
          </th>
          <th scope="col" className="text-right wide:w-[22%]">
            Parameters
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.title} row={row} total={total} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row: { title, names, modules, parameters }, total }: { row: GroupRow; total: number }) {
  return (
    <tr className="border-b border-line align-baseline [&>td]:py-1.5 [&>td]:pl-4 [&>th]:py-1.5">
      <th scope="row" className="font-normal">
        {title}
        <span className="mono block text-xs text-soft [overflow-wrap:anywhere] wide:hidden">
          {names.join(", ")}
        </span>
      </th>
      <td className="mono text-soft [overflow-wrap:anywhere] max-wide:hidden pl-0!">{names.join(", ")}</td>
      <td className="mono text-right">{modules > 0 ? whole(modules) : "none"}</td>
      <td className="text-right">
        <Num short={count(parameters)} full={parameters} />
        {total > 0 && (
          <span className="mono ml-2 text-soft max-wide:block">{percent((100 * parameters) / total)}</span>
        )}
      </td>
    </tr>
  );
}

import { Link } from "react-router";
import type { Model } from "../../api";
import { NoteIcon } from "../../ui/Field";
import { bytes } from "../../ui/format";
import { Num } from "../../ui/Num";
import { RoomLabel } from "./RoomLabel";
import { verdictOf } from "./verdict";
import { contextInWords, inShort, modelAddress, parametersInWords, unknown } from "./words";

interface ListProps {
  models: Model[];
}

export function ModelTable({ models }: ListProps) {
  return (
    <table className="w-full table-fixed border-collapse">
      <thead className="text-left text-sm text-soft">
        <tr className="border-b border-line [&>th]:py-2 [&>th]:pr-4 [&>th:last-child]:pr-0 [&>th]:font-normal">
          <th scope="col">Model</th>
          <th scope="col" className="w-[10%] text-right">
            Parameters
          </th>
          <th scope="col" className="w-[10%]">
            Precision
          </th>
          <th scope="col" className="w-[9%] text-right">
            On disk
          </th>
          <th scope="col" className="w-[14%] text-right">
            Context
          </th>
          <th scope="col" className="w-[22%]">
            On this machine
          </th>
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <tr
            key={model.name}
            className="border-b border-line align-baseline hover:bg-hover [&>td]:py-2.5 [&>td]:pr-4 [&>td:last-child]:pr-0 [&>th]:py-2.5 [&>th]:pr-4"
          >
            <th scope="row" className="text-left font-normal">
              <Name model={model} />
            </th>
            <td className="text-right">
              <Parameters model={model} />
            </td>
            <td className="mono">{model.precision ?? unknown}</td>
            <td className="text-right">
              <Num short={bytes(model.size_bytes)} full={model.size_bytes} />
            </td>
            <td className="mono text-right">{contextInWords(model.context_length)}</td>
            <td>
              <Usable model={model} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The same on a narrow screen. */
export function ModelCards({ models }: ListProps) {
  return (
    <ul className="grid min-w-0 grid-cols-1">
      {models.map((model) => (
        <li
          key={model.name}
          className="grid min-w-0 grid-cols-1 gap-1.5 border-b border-line py-3 first:border-t"
        >
          <Name model={model} />
          <Figures model={model} />
          <p className="text-sm">
            <Usable model={model} />
          </p>
        </li>
      ))}
    </ul>
  );
}

function Figures({ model: { parameters, precision, size_bytes, context_length } }: { model: Model }) {
  const figures = [
    parameters !== null && `${parametersInWords(parameters)} parameters`,
    precision,
    bytes(size_bytes),
    context_length !== null && contextInWords(context_length),
  ];
  return (
    <p className="mono flex flex-wrap gap-x-4 text-sm">
      {figures.map((figure) => figure && <span key={figure}>{figure}</span>)}
    </p>
  );
}

function Name({ model }: { model: Model }) {
  const linked = model.linked_to !== null;
  return (
    <>
      <Link
        to={modelAddress(model.name)}
        title={model.name}
        className="line-clamp-2 font-medium [overflow-wrap:anywhere] hover:underline"
      >
        {model.name}
      </Link>
      <span className="block text-sm text-soft [overflow-wrap:anywhere]">
        {inShort(model)}
        {linked && " · linked"}
      </span>
    </>
  );
}

function Parameters({ model: { parameters } }: { model: Model }) {
  if (parameters === null) return <span className="text-soft">{unknown}</span>;
  return <Num short={parametersInWords(parameters)} full={parameters} />;
}

function Usable({ model }: { model: Model }) {
  if (model.problem) {
    return (
      <span className="flex gap-1.5 text-sm text-bad">
        <NoteIcon bad />
        <span className="min-w-0 [overflow-wrap:anywhere]">{model.problem}</span>
      </span>
    );
  }
  const verdict = verdictOf(model.fits);
  if (!verdict) return <span className="text-soft">{unknown}</span>;
  return (
    <RoomLabel
      room={verdict.room}
      words={verdict.words}
      title={model.fits.map(({ sentence }) => sentence).join("\n")}
    />
  );
}

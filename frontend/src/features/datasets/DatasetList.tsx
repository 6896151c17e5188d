import { Trash2 } from "lucide-react";
import { Link } from "react-router";
import type { Dataset } from "../../api";
import { IconButton } from "../../ui/Button";
import { NoteIcon } from "../../ui/Field";
import { bytes, moment } from "../../ui/format";
import { filesInWords, formatNames, rowsInWords } from "./words";

interface ListProps {
  datasets: Dataset[];
  onDelete: (dataset: Dataset) => void;
}

export function DatasetTable({ datasets, onDelete }: ListProps) {
  return (
    <table className="w-full table-fixed border-collapse">
      <thead className="text-left text-sm text-soft">
        <tr className="border-b border-line [&>th]:py-2 [&>th]:pr-4 [&>th:last-child]:pr-0 [&>th]:font-normal">
          <th className="w-[24%]">Name</th>
          <th className="w-[20%]">Format</th>
          <th>Rows</th>
          <th className="w-[8%] text-right">Size</th>
          <th className="w-[22%]">Made from</th>
          <th className="w-9">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {datasets.map((dataset) => (
          <tr
            key={dataset.name}
            className="border-b border-line hover:bg-hover [&>td]:py-1.5 [&>td]:pr-4 [&>td]:align-middle [&>td:last-child]:pr-0"
          >
            <td>
              <Name dataset={dataset} />
            </td>
            {dataset.problem === null ? (
              <>
                <td className="text-soft">{dataset.format && formatNames[dataset.format]}</td>
                <td className="mono">{rowsInWords(dataset)}</td>
              </>
            ) : (
              <td colSpan={2}>
                <Problem words={dataset.problem} />
              </td>
            )}
            <td className="mono text-right whitespace-nowrap">{bytes(dataset.bytes)}</td>
            <td className="truncate text-soft" title={madeFrom(dataset)}>
              {madeFrom(dataset)}
            </td>
            <td className="text-right">
              <Delete dataset={dataset} onDelete={onDelete} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The same on a narrow screen. */
export function DatasetCards({ datasets, onDelete }: ListProps) {
  return (
    <ul className="grid min-w-0">
      {datasets.map((dataset) => (
        <li key={dataset.name} className="grid min-w-0 gap-1 border-b border-line py-3 first:border-t">
          <div className="flex min-w-0 items-center gap-3">
            <Name dataset={dataset} />
            <span className="ml-auto shrink-0">
              <Delete dataset={dataset} onDelete={onDelete} />
            </span>
          </div>
          {dataset.problem === null ? (
            <p className="text-sm">
              <span className="mono">{rowsInWords(dataset)}</span>
            </p>
          ) : (
            <Problem words={dataset.problem} />
          )}
          <p className="truncate text-sm text-soft">
            {[dataset.format && formatNames[dataset.format], bytes(dataset.bytes), madeFrom(dataset)]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Name({ dataset: { name, description } }: { dataset: Dataset }) {
  return (
    <Link
      to={`/data/${encodeURIComponent(name)}`}
      className="block min-w-0 truncate font-medium hover:underline"
      title={description ? `${name}: ${description}` : name}
    >
      {name}
    </Link>
  );
}

function Problem({ words }: { words: string }) {
  return (
    <p className="flex gap-1.5 text-sm text-bad">
      <NoteIcon bad />
      <span className="min-w-0 break-words">{words}</span>
    </p>
  );
}

function Delete({ dataset, onDelete }: { dataset: Dataset; onDelete: (dataset: Dataset) => void }) {
  return (
    <IconButton label={`Delete ${dataset.name}`} onClick={() => onDelete(dataset)}>
      <Trash2 aria-hidden />
    </IconButton>
  );
}

/** "answers.csv, today 14:02". */
function madeFrom({ source, created_at }: Dataset): string {
  if (!source) return "put there by hand";
  return `${filesInWords(source.files.map(({ name }) => name))}, ${moment(created_at)}`;
}

import { useFormContext } from "react-hook-form";
import { type Dataset, type Model, useListAdaptersQuery } from "../../api";
import { Choice } from "../../ui/Choice";
import { bytes, whole } from "../../ui/format";
import type { Option } from "../../ui/Select";
import { ConfigField } from "./ConfigField";
import { describe, type FormValues } from "./fields";
import { LibraryField } from "./LibraryField";

/** Model, data, and the name of what comes out. */
export function WhatSection({
  models,
  datasets,
  onChoose,
}: {
  models: Model[] | undefined;
  datasets: Dataset[] | undefined;
  onChoose: (change: { model_path?: string; train_data_path?: string }) => void;
}) {
  const { watch } = useFormContext<FormValues>();
  return (
    <div className="grid gap-5">
      <div className="grid gap-5 sm:grid-cols-2">
        <LibraryField
          name="model_path"
          value={String(watch("model_path"))}
          loading={!models}
          options={models?.map(modelOption) ?? []}
          elsewhereLabel="Another folder …"
          onChange={(model_path) => onChoose({ model_path })}
        />
        <LibraryField
          name="train_data_path"
          value={String(watch("train_data_path"))}
          loading={!datasets}
          options={datasets?.map(dataOption) ?? []}
          elsewhereLabel="Another folder or file …"
          onChange={(train_data_path) => onChoose({ train_data_path })}
        />
      </div>
      <ConfigField name="adapter_name" />
      <TakenName />
    </div>
  );
}

/** Shown where an adapter of this name is there: what shall happen to it. */
function TakenName() {
  const { watch, setValue } = useFormContext<FormValues>();
  const { data: adapters } = useListAdaptersQuery();
  const name = String(watch("adapter_name")).trim();
  const unchanged = name === describe("adapter_name").initial;
  if (unchanged || !adapters?.some((adapter) => adapter.name === name)) return null;
  return (
    <fieldset className="animate-appear">
      <legend className="mb-1 font-medium">There is an adapter “{name}” already</legend>
      <Choice
        aria-label="If the name is taken"
        value={String(watch("on_existing"))}
        onChange={(choice) => setValue("on_existing", choice, { shouldValidate: true })}
        options={[
          { value: "refuse", label: "Do not start", help: "Choose another name first." },
          {
            value: "new_name",
            label: "Take the next free name",
            help: `${name}-2, or the next number that is free.`,
          },
          { value: "replace", label: "Replace it", help: "The adapter that is there now will be gone." },
        ]}
      />
    </fieldset>
  );
}

function modelOption({ name, size_bytes, problem }: Model): Option {
  return { value: name, label: name, detail: problem ?? bytes(size_bytes), disabled: Boolean(problem) };
}

function dataOption({ name, rows, problem }: Dataset): Option {
  const detail = problem ?? `${whole(rows.train ?? 0)} train, ${whole(rows.valid ?? 0)} valid`;
  return { value: name, label: name, detail, disabled: Boolean(problem) };
}

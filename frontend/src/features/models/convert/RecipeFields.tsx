import { type ConversionRequest, useListDatasetsQuery } from "../../../api";
import { Choice } from "../../../ui/Choice";
import { Drawer } from "../../../ui/Disclosure";
import { Field } from "../../../ui/Field";
import { Segments } from "../../../ui/Segments";
import { Select } from "../../../ui/Select";
import { type Choices, groupSizes, type Kind, mixes, mixInWords, weightTypes } from "./recipe";

interface RecipeProps {
  choices: Choices;
  errors: { field: string; message: string }[];
  change: (changes: Partial<Choices>) => void;
}

const kinds: { value: Kind; label: string; help: string }[] = [
  { value: "8", label: "8 bit", help: "About half of 16 bit, and close to it." },
  { value: "6", label: "6 bit", help: "Between the two: for a model that just does not fit in 8." },
  { value: "4", label: "4 bit", help: "About a quarter of 16 bit: what QLoRA usually trains on." },
  { value: "mixed", label: "Mixed", help: "Few bits for most weights, more for those that matter most." },
  { value: "dtype", label: "Not quantised", help: "The same weights in another number format." },
];

/** How the weights are to be kept. */
export function RecipeFields({ choices, errors, change }: RecipeProps) {
  const { kind } = choices;
  const errorOf = (...names: (keyof ConversionRequest)[]) =>
    errors.find(({ field }) => (names as string[]).includes(field))?.message;
  return (
    <>
      <Field label="Make of it" error={errorOf("bits")}>
        {(control) => (
          <Choice
            {...control}
            value={kind}
            onChange={(value) => change({ kind: value as Kind })}
            options={kinds}
          />
        )}
      </Field>
      {kind === "mixed" && (
        <Field label="Bits" error={errorOf("mixed")}>
          {(control) => (
            <Select
              {...control}
              value={choices.mixed}
              onChange={(mixed) => change({ mixed: mixed as Choices["mixed"] })}
              options={mixes.map((value) => ({ value, label: mixInWords(value) }))}
            />
          )}
        </Field>
      )}
      {kind === "dtype" && (
        <Field label="Number format" error={errorOf("dtype")}>
          {(control) => (
            <Select
              {...control}
              value={choices.dtype}
              onChange={(dtype) => change({ dtype: dtype as Choices["dtype"] })}
              options={weightTypes.map((value) => ({ value, label: value }))}
            />
          )}
        </Field>
      )}
      <MoreFields choices={choices} change={change} errorOf={errorOf} />
    </>
  );
}

function MoreFields({
  choices,
  change,
  errorOf,
}: Pick<RecipeProps, "choices" | "change"> & {
  errorOf: (...names: (keyof ConversionRequest)[]) => string | undefined;
}) {
  const { groupSize, measureOn, kind } = choices;
  const { data: datasets = [] } = useListDatasetsQuery();
  const known = datasets.filter(({ problem }) => !problem).map(({ name }) => name);
  const listed = measureOn && !known.includes(measureOn) ? [...known, measureOn] : known;
  const shown = measureOn || general;
  return (
    <Drawer
      title="More"
      detail={`${kind === "dtype" ? "" : `groups of ${groupSize}, `}measured on ${measureOn || "the general text"}`}
    >
      <div className="grid grid-cols-1 gap-5 pt-1">
        {kind !== "dtype" && (
          <div>
            <p className="mb-1 font-medium">Group size</p>
            <Segments
              label="Group size"
              value={String(groupSize)}
              onChange={(size) => change({ groupSize: Number(size) as Choices["groupSize"] })}
              options={groupSizes.map((size) => ({ value: String(size), label: String(size) }))}
            />
            <p className="mt-1 text-sm text-soft">
              So many weights share one scale. Smaller groups lose less and take a little more room.
            </p>
          </div>
        )}
        <Field
          label="Measure the cost on"
          help="Held-out rows of a data set, or a short plain English text on many subjects."
          error={errorOf("measure_on")}
        >
          {(control) => (
            <Select
              {...control}
              value={shown}
              onChange={(value) => change({ measureOn: value === general ? "" : value })}
              options={[
                { value: general, label: "The general text" },
                ...listed.map((name) => ({ value: name, label: name })),
              ]}
            />
          )}
        </Field>
      </div>
    </Drawer>
  );
}

const general = "\u0000general";

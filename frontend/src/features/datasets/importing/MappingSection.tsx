import type { ShapeDescription, SourceColumn } from "../../../api";
import { Button } from "../../../ui/Button";
import { Section } from "../../../ui/Card";
import { Failure, Loading } from "../../../ui/Faces";
import { Field } from "../../../ui/Field";
import { percent } from "../../../ui/format";
import { Select } from "../../../ui/Select";
import type { Edited } from "./edited";
import { mappingTo } from "./mapping";
import { Preview } from "./Preview";
import type { Look } from "./useLook";

const none = "\u0000none";

/** What the rows were taken for, and which column holds what; beside it the first rows as they will be. */
export function MappingSection({
  look,
  model,
  change,
}: {
  look: Look;
  /** whose tokens are shown; "" is any */
  model: string;
  change: (changes: Partial<Edited>) => void;
}) {
  const { known, mapping, missing, fetching, problem, retry } = look;
  if (!known) {
    if (!problem) return <Loading label="Looking at the first rows" />;
    return (
      <Failure
        title="The first rows could not be read"
        problem={problem}
        onRetry={<Button onClick={retry}>Try again</Button>}
      />
    );
  }
  const { shapes, columns } = known;
  const shape = shapes.find((each) => each.shape === mapping?.shape);
  const names = columns.map(({ name }) => name);
  const toShape = (wanted: string) => {
    const target = shapes.find((each) => each.shape === wanted);
    if (target) change({ mapping: mappingTo(target, names, mapping) });
  };
  const toColumn = (field: string, column: string) => {
    if (!mapping) return;
    const { [field]: _, ...others } = mapping.columns;
    change({
      mapping: { ...mapping, columns: column === none ? others : { ...others, [field]: column } },
    });
  };
  return (
    <Section title="What it is">
      <p className="mb-5 max-w-prose">{known.sentence}</p>
      <div className="grid grid-cols-1 gap-x-10 gap-y-6 lg:grid-cols-[20rem_minmax(0,1fr)]">
        <div className="grid grid-cols-1 content-start gap-5">
          <Field label="Every row is" help={shape?.help}>
            {(control) => (
              <Select
                {...control}
                value={shape?.shape ?? ""}
                placeholder="Choose what it is"
                onChange={toShape}
                options={shapes.map((each) => ({ value: each.shape, label: each.title }))}
              />
            )}
          </Field>
          {shape && (
            <ColumnFields
              shape={shape}
              chosen={mapping?.columns ?? {}}
              columns={columns}
              missing={missing}
              problems={new Map(problem?.fields.map(({ field, message }) => [field, message]))}
              onColumn={toColumn}
            />
          )}
          {problem && problem.fields.length === 0 && (
            <Failure
              title="The rows could not be read so"
              problem={problem}
              onRetry={<Button onClick={retry}>Try again</Button>}
            />
          )}
        </div>
        <Preview look={known} mapped={mapping !== null} model={model} busy={fetching} />
      </div>
    </Section>
  );
}

function ColumnFields({
  shape,
  chosen,
  columns,
  missing,
  problems,
  onColumn,
}: {
  shape: ShapeDescription;
  chosen: { [field: string]: string };
  columns: SourceColumn[];
  missing: string[];
  problems: Map<string, string>;
  onColumn: (field: string, column: string) => void;
}) {
  const options = columns.map(({ name, kind, filled_percent }) => ({
    value: name,
    label: name,
    detail: filled_percent < 100 ? `${kind}, in ${percent(filled_percent)} of the rows` : kind,
  }));
  return shape.fields.map(({ name, title, help, required }) => (
    <Field
      key={name}
      label={required ? title : `${title}, if any`}
      help={help}
      error={missing.includes(name) ? "Choose the column that holds it." : problems.get(name)}
    >
      {(control) => (
        <Select
          {...control}
          value={chosen[name] ?? (required ? "" : none)}
          placeholder="Choose a column"
          onChange={(column) => onColumn(name, column)}
          options={required ? options : [{ value: none, label: "none" }, ...options]}
        />
      )}
    </Field>
  ));
}

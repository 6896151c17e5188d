import {
  type AdapterDetails,
  type EvaluatedExample,
  type EvaluationResult,
  useListEvaluationExamplesQuery,
} from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Failure, Loading } from "../../ui/Faces";
import { plural, whole } from "../../ui/format";
import { Pages } from "../../ui/Pages";
import { Segments } from "../../ui/Segments";
import { Select } from "../../ui/Select";
import type { Order, Part, Selection } from "./address";
import { LossBars } from "./LossBars";
import { called, coloursOf } from "./words";

const pageSize = 20;

/** Row by row, those first that the adapters change most. */
export function Examples({
  id,
  result,
  weights,
  selection,
  change,
}: {
  id: string;
  result: EvaluationResult;
  weights: AdapterDetails[];
  selection: Selection;
  change: (changes: Partial<Selection>) => void;
}) {
  const part: Part = result.general ? selection.part : "data";
  const orderedBy =
    selection.orderedBy !== null && selection.orderedBy < weights.length ? selection.orderedBy : null;
  const { data, isError, error, isFetching, refetch } = useListEvaluationExamplesQuery({
    evaluationId: id,
    part,
    sort: selection.order,
    weights: orderedBy ?? undefined,
    offset: selection.page * pageSize,
    limit: pageSize,
  });
  return (
    <Section
      title="Examples"
      aside={
        result.general && (
          <Segments<Part>
            label="Which text"
            value={part}
            onChange={(chosen) => change({ part: chosen, page: 0 })}
            options={[
              { value: "data", label: "Rows" },
              { value: "general", label: "General text" },
            ]}
          />
        )
      }
    >
      {weights.length > 1 && (
        <OrderFields
          order={selection.order}
          orderedBy={orderedBy}
          weights={weights}
          onChange={(changes) => change({ ...changes, page: 0 })}
        />
      )}
      {!data && isError && (
        <Failure
          title="The examples could not be read"
          problem={asApiError(error)}
          onRetry={<Button onClick={() => refetch()}>Try again</Button>}
        />
      )}
      {!data && !isError && <Loading label="Reading the examples" />}
      {data && (
        <>
          <ol aria-busy={isFetching} className="grid grid-cols-1">
            {data.examples.map((example) => (
              <ExampleRow key={example.index} example={example} weights={weights} />
            ))}
          </ol>
          <Pages
            label="Pages of examples"
            page={selection.page}
            size={pageSize}
            total={data.total}
            onPage={(page) => change({ page })}
          />
        </>
      )}
    </Section>
  );
}

function OrderFields({
  order,
  orderedBy,
  weights,
  onChange,
}: {
  order: Order;
  orderedBy: number | null;
  weights: AdapterDetails[];
  onChange: (changes: Partial<Selection>) => void;
}) {
  return (
    <div className="mb-3 flex flex-wrap gap-3">
      <div className="w-full sm:w-56">
        <Select
          aria-label="Order"
          value={order}
          onChange={(value) => onChange({ order: value as Order })}
          options={[
            { value: "difference", label: "Most changed first" },
            { value: "better", label: "Most improved first" },
            { value: "worse", label: "Most worsened first" },
            { value: "index", label: "As in the file" },
          ]}
        />
      </div>
      {weights.length > 2 && order !== "index" && (
        <div className="w-full sm:w-56">
          <Select
            aria-label="Under which adapter"
            value={String(orderedBy ?? "any")}
            onChange={(value) => onChange({ orderedBy: value === "any" ? null : Number(value) })}
            options={[
              { value: "any", label: "under any adapter" },
              ...weights.slice(1).map((details, index) => ({
                value: String(index + 1),
                label: `under ${called(details)}`,
              })),
            ]}
          />
        </div>
      )}
    </div>
  );
}

function ExampleRow({ example, weights }: { example: EvaluatedExample; weights: AdapterDetails[] }) {
  const { prompt, reference, text, line, tokens, cut, full_length, losses } = example;
  return (
    <li className="grid grid-cols-1 gap-x-8 gap-y-3 border-t border-line py-4 wide:grid-cols-2">
      <div className="min-w-0 break-words">
        {prompt !== null && <p className="line-clamp-4 whitespace-pre-wrap text-soft">{prompt}</p>}
        {(reference ?? text) !== null && (
          <p className="line-clamp-6 whitespace-pre-wrap">{reference ?? text}</p>
        )}
        <p className="mt-1 text-sm text-soft">
          line {whole(line)}, {plural(tokens, "token")} counted
          {cut && `, cut: it has ${whole(full_length)} tokens`}
        </p>
      </div>
      <LossBars names={weights.map(called)} colours={coloursOf(weights)} losses={losses} />
    </li>
  );
}

import { CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { ConversionResult } from "../../../api";
import { bytes, duration, figure, plural } from "../../../ui/format";
import { Num } from "../../../ui/Num";
import { costOf, marginOf } from "./cost";

/** What a conversion cost: in words first, then the numbers before and after. */
export function CostView({ result }: { result: ConversionResult }) {
  const cost = costOf(result);
  const Icon = cost && !cost.warns ? CircleCheck : TriangleAlert;
  return (
    <div className="grid grid-cols-1 gap-2">
      <p className="flex gap-1.5">
        <Icon
          aria-hidden
          className={`mt-1 size-4 shrink-0 ${cost && !cost.warns ? "text-accent" : "text-warn"}`}
        />
        <span className="min-w-0">
          {cost
            ? `${cost.words} ${cost.advice ?? ""}`
            : `The cost was not measured. ${result.unmeasured ?? ""}`}
        </span>
      </p>
      <Numbers result={result} />
      <p className="text-sm text-soft">
        {cost &&
          `${plural(result.tokens, "token")} in ${plural(result.examples, "example")} of ${result.measured_on}, computed in ${result.computed_in}. `}
        Converted in {duration(result.seconds)}.
      </p>
      {result.notes.map((note) => (
        <p key={note} className="text-sm text-soft">
          {note}
        </p>
      ))}
    </div>
  );
}

function Numbers({ result }: { result: ConversionResult }) {
  const { perplexity_before, perplexity_after, loss_before, loss_after, difference } = result;
  const margin = marginOf(result);
  return (
    <table aria-label="Before and after" className="w-full table-fixed text-left">
      <thead className="text-sm text-soft">
        <tr className="[&>th]:pb-1 [&>th]:font-normal">
          <th scope="col" className="w-[28%]">
            <span className="sr-only">What</span>
          </th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
          <th scope="col" className="w-[28%]">
            Change
          </th>
        </tr>
      </thead>
      <tbody className="[&_td]:py-1 [&_th]:py-1 [&_th]:pr-2 [&_th]:font-normal [&_tr]:border-t [&_tr]:border-line">
        <Row name="Perplexity" before={shown(perplexity_before)} after={shown(perplexity_after)}>
          {difference && change(Math.exp(difference.mean))}
        </Row>
        <Row name="Loss" before={shown(loss_before, loss)} after={shown(loss_after, loss)}>
          {difference && (
            <>
              <Num short={signed(difference.mean)} full={difference.mean} />
              {margin !== null && (
                <span className="text-sm whitespace-nowrap text-soft">
                  {" ± "}
                  <Num short={loss(margin)} full={margin} />
                </span>
              )}
            </>
          )}
        </Row>
        <Row
          name="Weights"
          before={<Num short={bytes(result.size_before_bytes)} full={result.size_before_bytes} />}
          after={<Num short={bytes(result.size_after_bytes)} full={result.size_after_bytes} />}
        >
          {change(result.size_after_bytes / result.size_before_bytes)}
          <span className="mono block text-sm text-soft">{figure(result.bits_per_weight)} bits a weight</span>
        </Row>
      </tbody>
    </table>
  );
}

function Row({
  name,
  before,
  after,
  children,
}: {
  name: string;
  before: ReactNode;
  after: ReactNode;
  children: ReactNode;
}) {
  return (
    <tr className="align-baseline">
      <th scope="row" className="text-soft">
        {name}
      </th>
      <td>{before}</td>
      <td>{after}</td>
      <td>{children}</td>
    </tr>
  );
}

function shown(value: number | null, write = figure) {
  if (value === null) return <span className="text-soft">not measured</span>;
  return <Num short={write(value)} full={value} />;
}

/** A ratio as a change: 0.28 is −72.0%. */
function change(ratio: number) {
  const percent = 100 * (ratio - 1);
  const size = Math.abs(percent);
  const words = size >= 1000 ? Math.round(size).toLocaleString("en") : size.toPrecision(3);
  return <Num short={`${percent < 0 ? "\u2212" : "+"}${words}%`} full={ratio} />;
}

/** To the fourth digit behind the point: differences are that small. */
function loss(value: number): string {
  return value.toFixed(4);
}

function signed(value: number): string {
  return `${value < 0 ? "\u2212" : "+"}${loss(Math.abs(value))}`;
}

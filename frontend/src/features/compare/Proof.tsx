import { useEffect } from "react";
import { useVerifyAdapterMutation, type VerifyRequest, type VerifyResponse } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Faces";
import { duration, figure, whole } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import { Num } from "../../ui/Num";

/** Measures on demand that the adapter is live, and the same as mlx_lm itself loads it. */
export function Proof({ model_name, adapter_name, adapter_file = null }: VerifyRequest) {
  const [verify, { data, error, isLoading, reset }] = useVerifyAdapterMutation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: other weights have not been proved
  useEffect(reset, [model_name, adapter_name, adapter_file]);
  return (
    <div className="mt-3">
      <Button
        disabled={isLoading}
        onClick={() => verify({ verifyRequest: { model_name, adapter_name, adapter_file } })}
      >
        {isLoading ? "Measuring" : data ? "Prove it again" : "Prove it"}
      </Button>
      {!data && !error && (
        <p className="mt-1 text-soft">
          Measures the logits with and without the adapter, and against mlx_lm's own loading of the folder in
          a process of its own.
        </p>
      )}
      <div aria-live="polite" className="mt-2 empty:hidden">
        {error && <Failure title="It could not be measured" problem={asApiError(error)} />}
        {data && <Verdict proof={data} />}
      </div>
    </div>
  );
}

function Verdict({ proof }: { proof: VerifyResponse }) {
  const doubtful = !proof.live || proof.equals_stock === false;
  return (
    <>
      <Notice kind={doubtful ? "warning" : "info"}>{proof.verdict}</Notice>
      <dl className="mt-2" aria-label="Measured">
        {verdictRows(proof).map(([name, value, full]) => (
          <div key={name} className="flex justify-between gap-3 border-b border-line py-1">
            <dt className="text-soft">{name}</dt>
            <dd className="text-right">
              <Num short={value} full={full} />
            </dd>
          </div>
        ))}
      </dl>
      {proof.notes.map((note) => (
        <p key={note} className="mt-1 text-soft">
          {note}
        </p>
      ))}
    </>
  );
}

function verdictRows(proof: VerifyResponse): [name: string, short: string, full: number | string][] {
  const { max_difference_to_base, mean_difference_to_base, max_difference_to_stock, tolerance } = proof;
  const { changed_top_tokens, tokens, seconds } = proof;
  return [
    ["Largest difference to the base", figure(max_difference_to_base), max_difference_to_base],
    ["Mean difference", figure(mean_difference_to_base), mean_difference_to_base],
    ["Likeliest token changed at", `${whole(changed_top_tokens)} of ${whole(tokens)}`, changed_top_tokens],
    max_difference_to_stock === null
      ? ["Difference to mlx_lm", "not measured", ""]
      : [
          "Difference to mlx_lm",
          `${figure(max_difference_to_stock)}, allowed ${figure(tolerance)}`,
          max_difference_to_stock,
        ],
    ["Took", duration(seconds), `${seconds} s`],
  ];
}

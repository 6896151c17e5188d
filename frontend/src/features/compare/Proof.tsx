import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
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
  const request = useRef<{ abort: () => void } | null>(null);
  const cancel = () => {
    request.current?.abort();
    reset();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: nobody waits for a proof of other weights
  useEffect(() => cancel, [model_name, adapter_name, adapter_file]);
  if (isLoading) return <Measuring onCancel={cancel} />;
  return (
    <div className="mt-3">
      <Button
        onClick={() => {
          request.current = verify({ verifyRequest: { model_name, adapter_name, adapter_file } });
        }}
      >
        {data ? "Prove it again" : "Prove it"}
      </Button>
      {!data && !error && (
        <p className="mt-1 text-soft">
          Measures the logits with and without the adapter, and against mlx_lm's own loading of the folder in
          a process of its own. It takes seconds with a small model, and minutes with a large one.
        </p>
      )}
      <div aria-live="polite" className="mt-2 empty:hidden">
        {error && <Failure title="It could not be measured" problem={asApiError(error)} />}
        {data && <Verdict proof={data} />}
      </div>
    </div>
  );
}

/** What goes on, for how long already, and a way to end it. Takes the focus, as the button that asked is gone. */
function Measuring({ onCancel }: { onCancel: () => void }) {
  const [seconds, setSeconds] = useState(0);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    cancel.current?.focus({ preventScroll: true });
    const began = Date.now();
    const timer = setInterval(() => setSeconds(Math.round((Date.now() - began) / 1000)), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="mt-3">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <p>
          <span role="status">Measuring</span>{" "}
          <span aria-hidden className="mono text-soft">
            {seconds < 60 ? `${seconds} s` : duration(seconds)}
          </span>
        </p>
        <Button ref={cancel} onClick={onCancel}>
          <X aria-hidden />
          Cancel
        </Button>
      </div>
      <p className="mt-1 text-soft">
        The adapter is compared with the base, then mlx_lm loads the folder in a process of its own, and the
        two are compared.
      </p>
    </div>
  );
}

function Verdict({ proof }: { proof: VerifyResponse }) {
  const doubtful = !proof.live || proof.equals_stock === false;
  const [finding, rest] = findingAndRest(proof.verdict);
  return (
    <>
      <Notice kind={doubtful ? "warning" : "info"} title={finding}>
        {rest && <p className="text-soft">{rest}</p>}
      </Notice>
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

/** The first sentence says what was found; a name has no spaces, so that its points end no sentence. */
function findingAndRest(verdict: string): [finding: string, rest: string] {
  const end = verdict.indexOf(". ");
  return end < 0 ? [verdict, ""] : [verdict.slice(0, end + 1), verdict.slice(end + 2)];
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

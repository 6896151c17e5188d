import type { InferenceResponse } from "../../api";
import { duration, figure, plural } from "../../ui/format";
import { Num } from "../../ui/Num";

const reasons = {
  stop: "ended by itself",
  length: "cut off at the length given",
  cancelled: "stopped",
};

/** How fast, how soon, how long, and why it ended. */
export function Figures({ answer }: { answer: InferenceResponse }) {
  const { tokens_per_second, first_token_seconds, generated_tokens, finish_reason } = answer;
  return (
    <p className="flex flex-wrap gap-x-3 text-sm text-soft">
      {tokens_per_second !== null && (
        <Num short={`${figure(tokens_per_second)} tok/s`} full={tokens_per_second} />
      )}
      {first_token_seconds !== null && (
        <span>
          first token <Num short={duration(first_token_seconds)} full={`${first_token_seconds} s`} />
        </span>
      )}
      <span className="mono">{plural(generated_tokens, "token")}</span>
      <span>{reasons[finish_reason]}</span>
    </p>
  );
}

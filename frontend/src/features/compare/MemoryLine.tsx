import { useEffect, useRef } from "react";
import { type InferenceStatus, useGetInferenceStatusQuery, useUnloadModelMutation } from "../../api";
import { Button } from "../../ui/Button";
import { bytes, clock, plural } from "../../ui/format";

const calmMs = 5000;
const busyMs = 1000;

/** Which base model is in memory; asked more often while an answer is awaited. */
export function useModelStatus(asking: boolean): InferenceStatus | undefined {
  const options = { pollingInterval: asking ? busyMs : calmMs, skipPollingIfUnfocused: true };
  const { data, isError, refetch, isUninitialized } = useGetInferenceStatusQuery(undefined, options);
  const before = useRef(asking);
  useEffect(() => {
    if (before.current !== asking && !isUninitialized) void refetch();
    before.current = asking;
  }, [asking, refetch, isUninitialized]);
  return isError ? undefined : data;
}

/** What the memory holds, how long, and what the next question changes about it; `base` is null where none can be asked. */
export function MemoryLine({ status, base }: { status: InferenceStatus | undefined; base: string | null }) {
  const [unload, { isLoading }] = useUnloadModelMutation();
  if (!status) return <p className="min-h-9" />;
  const held = status.state !== "unloaded" && status.state !== "loading";
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-x-3 text-sm text-soft">
      <p className="min-w-0 [overflow-wrap:anywhere]">{inWords(status, base)}</p>
      {held && (
        <Button
          look="quiet"
          className="-mx-2 min-h-7 px-2 text-accent"
          disabled={isLoading || status.state === "answering"}
          onClick={() => unload()}
        >
          {isLoading ? "Unloading" : "Unload now"}
        </Button>
      )}
    </div>
  );
}

function inWords(status: InferenceStatus, base: string | null): string {
  const { state, model_name, memory_bytes, adapters, rows, waiting, unloads_at, last_unload } = status;
  const name = model_name ?? "A model";
  if (state === "unloaded") return ["No model is in memory.", last_unload].filter(Boolean).join(" ");
  if (state === "loading") return `Loading ${name} …`;
  const held = [
    `${name} is in memory`,
    memory_bytes !== null && bytes(memory_bytes),
    adapters > 0 && `with ${plural(adapters, "adapter")}`,
  ];
  const sentence = `${held.filter(Boolean).join(", ")}.`;
  if (state === "answering") {
    return `${sentence} Answering ${plural(rows, "row")}${waiting > 0 ? `, ${waiting} waiting` : ""}.`;
  }
  if (base !== null && model_name !== base) return `${sentence} Asking ${base} unloads it.`;
  return unloads_at === null
    ? sentence
    : `${sentence} Unloads at ${clock(new Date(unloads_at * 1000))} if not asked.`;
}

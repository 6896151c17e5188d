import { useRef } from "react";
import { useSearchParams } from "react-router";
import { wayAddress } from "./address";
import { Curated } from "./Curated";
import { LookForm } from "./LookForm";
import { LookResult } from "./LookResult";

/** A repository is looked up first; nothing is downloaded before its size and licence were seen. */
export function FromHub() {
  const [search] = useSearchParams();
  const repositoryId = search.get("repo") ?? "";
  const revision = search.get("revision");
  const result = useRef<HTMLDivElement>(null);
  const key = `${repositoryId} ${revision}`;
  return (
    <div className="grid grid-cols-1 gap-10">
      <div className="grid max-w-[640px] grid-cols-1 gap-6">
        <LookForm repositoryId={repositoryId} revision={revision} />
        <div ref={result} tabIndex={-1} aria-live="polite" className="min-w-0 scroll-mt-6 outline-none">
          {repositoryId && <LookResult key={key} repositoryId={repositoryId} revision={revision} />}
        </div>
      </div>
      <Curated
        addressOf={(id) => wayAddress("hub", { repo: id })}
        onChosen={() => {
          result.current?.scrollIntoView({ block: "center" });
          result.current?.focus({ preventScroll: true });
        }}
      />
    </div>
  );
}

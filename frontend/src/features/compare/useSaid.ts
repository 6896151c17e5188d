import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { type Comparison, readComparison, writeComparison } from "./address";

/**
 * What the page was told last, and `search` after it: the address follows a moment later, which a field that is typed in
 * cannot wait for, and does not hold what is long.
 */
export function useSaid(search: URLSearchParams) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState<Comparison | null>(null);
  const written = useRef(new Set<string>());
  const followed = String(search);
  useEffect(() => {
    if (!written.current.has(followed)) setTyped(null);
  }, [followed]);
  const change = (comparison: Comparison) => {
    const next = String(writeComparison(comparison));
    written.current.add(next);
    setTyped(comparison);
    navigate({ search: next }, { replace: true });
  };
  return {
    said: typed ?? readComparison(search),
    /** the address that says it, as far as one can */
    address: typed ? String(writeComparison(typed)) : followed,
    change,
  };
}

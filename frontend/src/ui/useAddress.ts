import { startTransition, useCallback, useLayoutEffect, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

type Change = (before: URLSearchParams) => URLSearchParams;

/**
 * What the address asks for, and a way to change it. The router follows a moment later, which a box that is ticked and a
 * field that is typed in cannot wait for: until it has, what was said last counts, so that quick changes add up.
 */
export function useAddress() {
  const [followed] = useSearchParams();
  const [ahead, setAhead] = useState<URLSearchParams | null>(null);
  const navigate = useNavigate();
  const search = ahead ?? followed;
  const latest = useRef(search);
  useLayoutEffect(() => {
    latest.current = search;
  }, [search]);

  const change = useCallback(
    async (changed: Change, { replace = true } = {}) => {
      const next = changed(new URLSearchParams(latest.current));
      latest.current = next;
      setAhead(next);
      await navigate({ search: String(next) }, { replace, preventScrollReset: true });
      if (latest.current === next) startTransition(() => setAhead(null));
    },
    [navigate],
  );
  return { search, change };
}

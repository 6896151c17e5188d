import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { type Comparison, readComparison, writeComparison } from "../address";

/**
 * What the address says is compared. Links on the page repeat the address, so that it stands in the history alone
 * while `hidden`, where nobody sees it and a reload finds it again.
 */
export function useAddress(hidden: boolean) {
  const { search, state } = useLocation();
  const navigate = useNavigate();
  const kept = (state as { search?: string } | null)?.search ?? "";

  useEffect(() => {
    if (hidden && search) navigate({ search: "" }, { replace: true, state: { search } });
    if (!hidden && kept) navigate({ search: kept }, { replace: true });
  }, [hidden, search, kept, navigate]);

  return {
    comparison: readComparison(new URLSearchParams(search || kept)),
    change: (comparison: Comparison) =>
      navigate({ search: String(writeComparison(comparison)) }, { replace: true }),
  };
}

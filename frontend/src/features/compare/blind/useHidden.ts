import { useEffect } from "react";
import { useLocation, useNavigate } from "react-router";
import { useSaid } from "../useSaid";

/**
 * What is said to be compared. Links on the page repeat the address, so that it stands in the history alone while
 * `hidden`, where nobody sees it and a reload finds it again.
 */
export function useHidden(hidden: boolean) {
  const { search, state } = useLocation();
  const navigate = useNavigate();
  const kept = (state as { search?: string } | null)?.search ?? "";
  const { said, address, change } = useSaid(new URLSearchParams(search || kept));

  useEffect(() => {
    if (hidden && search) navigate({ search: "" }, { replace: true, state: { search: address } });
    if (!hidden && kept) navigate({ search: kept }, { replace: true });
  }, [hidden, search, kept, address, navigate]);

  return { comparison: said, change };
}

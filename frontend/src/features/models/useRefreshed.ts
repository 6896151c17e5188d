import { useEffect, useRef } from "react";
import { api, useApiDispatch } from "../../api";

/** What ended downloads and conversions made is asked for anew, once one more of them has ended. */
export function useRefreshed(ended: number | undefined) {
  const dispatch = useApiDispatch();
  const before = useRef(ended);
  useEffect(() => {
    if (ended === undefined) return;
    if (before.current !== undefined && ended > before.current)
      dispatch(api.util.invalidateTags(["models", "hub", "conversions"]));
    before.current = ended;
  }, [ended, dispatch]);
}

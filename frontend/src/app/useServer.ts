import { useEffect, useRef, useState } from "react";
import { api, everything, useApiDispatch, useGetHealthQuery } from "../api";
import { asApiError } from "../api/base";

/** How the server does, asked every few seconds; when it answers again after a silence, everything is asked anew. */
export function useServer() {
  const { data: health, error, isError } = useGetHealthQuery(undefined, { pollingInterval: 4000 });
  const offline = isError && asApiError(error).status === "offline";
  const [offlineSince, setOfflineSince] = useState<Date | null>(null);
  const wasOffline = useRef(false);
  const dispatch = useApiDispatch();

  useEffect(() => {
    setOfflineSince(offline ? new Date() : null);
    if (wasOffline.current && !offline) dispatch(api.util.invalidateTags([...everything]));
    wasOffline.current = offline;
  }, [offline, dispatch]);

  return { health, offlineSince };
}

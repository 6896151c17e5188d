import { useRef, useState } from "react";

/** Does one thing at a time: while it is `busy`, to ask for it again does nothing. */
export function useOnce<Arguments extends unknown[]>(act: (...given: Arguments) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const acting = useRef(false);
  const once = async (...given: Arguments) => {
    if (acting.current) return;
    acting.current = true;
    setBusy(true);
    try {
      await act(...given);
    } finally {
      acting.current = false;
      setBusy(false);
    }
  };
  return { once, busy };
}

import { useEffect, useState } from "react";

/** What somebody typed, once the typing pauses. */
export function useSettled<Value>(value: Value, pauseMilliseconds = 250): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMilliseconds);
    return () => clearTimeout(timer);
  }, [value, pauseMilliseconds]);
  return settled;
}

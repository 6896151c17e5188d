import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** The beginning of something long, and all of it on request. */
export function Clipped({ pixels = 320, children }: { pixels?: number; children: ReactNode }) {
  const inside = useRef<HTMLDivElement>(null);
  const [long, setLong] = useState(false);
  const [open, setOpen] = useState(false);

  useLayoutEffect(() => {
    const box = inside.current;
    if (!box) return;
    const measure = () => setLong(box.scrollHeight > pixels);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [pixels]);

  const clipped = long && !open;
  return (
    <div className="min-w-0">
      <div style={clipped ? { maxHeight: pixels, overflow: "hidden" } : undefined}>
        <div ref={inside}>{children}</div>
      </div>
      {long && (
        <button
          type="button"
          aria-expanded={open}
          className="mt-1 text-sm text-accent hover:underline"
          onClick={() => setOpen(!open)}
        >
          {open ? "Show less" : "Show all of it"}
        </button>
      )}
    </div>
  );
}

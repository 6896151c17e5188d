import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useGetSessionLogQuery } from "../../api";
import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { Drawer } from "../../ui/Disclosure";

const wholeLogBytes = 10_000_000;

/** The worker's own words; follows the end while it is looked at. */
export function LogDrawer({
  sessionId,
  live,
  startOpen,
}: {
  sessionId: string;
  live: boolean;
  startOpen: boolean;
}) {
  const [open, setOpen] = useState(startOpen);
  const { data = "" } = useGetSessionLogQuery(
    { sessionId },
    { skip: !open, pollingInterval: live ? 2000 : 0, refetchOnMountOrArgChange: true },
  );
  const log = String(data);
  const place = useRef<HTMLElement>(null);
  const atEnd = useRef(true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new text moves the end
  useEffect(() => {
    const box = place.current;
    if (box && atEnd.current) box.scrollTop = box.scrollHeight;
  }, [log]);

  const onScroll = () => {
    const box = place.current;
    if (box) atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  };

  return (
    <Drawer title="Log" open={open} onToggle={setOpen}>
      <section
        ref={place}
        onScroll={onScroll}
        aria-label="Log of the run"
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-md bg-sunken p-3"
      >
        <pre className="mono text-xs leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere]">
          {log || "Nothing has been written yet."}
        </pre>
      </section>
      <div className="mt-3 flex flex-wrap gap-2">
        <CopyButton text={log} label="Copy log" />
        <Button onClick={() => download(sessionId)}>
          <Download aria-hidden />
          Download log
        </Button>
      </div>
    </Drawer>
  );
}

function download(sessionId: string) {
  const link = document.createElement("a");
  link.href = `/api/sessions/${encodeURIComponent(sessionId)}/log?tail_bytes=${wholeLogBytes}`;
  link.download = `${sessionId}.log`;
  link.click();
}

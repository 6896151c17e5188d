import { Link } from "react-router";
import { useGetTrainingStatusQuery } from "../api";
import { secondsLeft } from "../api/session";
import { Dot } from "../ui/Dot";
import { about } from "../ui/format";
import { Progress } from "../ui/Progress";
import { runColour } from "../ui/runColour";

/** The running session, on every page: name, progress, time left; a click leads to it. */
export function RunningSession() {
  const { data, fulfilledTimeStamp = 0 } = useGetTrainingStatusQuery(undefined, { pollingInterval: 2000 });
  const session = data?.running;
  if (!session) return null;
  const share = session.iteration / session.iterations;
  const left = secondsLeft(session, fulfilledTimeStamp / 1000);
  const colour = runColour(session.adapter_name);
  return (
    <Link
      to={`/training/${session.id}`}
      className="block border-line px-4 pt-2 hover:bg-hover wide:border-t wide:px-5 wide:py-4"
    >
      <span className="flex items-center gap-2 text-sm">
        <Dot colour={colour} />
        <span className="min-w-0 truncate font-medium">{session.adapter_name}</span>
        <span className="mono ml-auto">{Math.round(share * 100)}%</span>
      </span>
      <span className="my-1.5 block">
        <Progress share={share} label={`Progress of ${session.adapter_name}`} colour={colour} />
      </span>
      <span className="mono text-xs text-soft max-wide:hidden">
        {session.state === "starting" ? "starting" : left === null ? "measuring" : `${about(left)} left`}
        {data.queue.length > 0 && ` · ${data.queue.length} waiting`}
      </span>
    </Link>
  );
}

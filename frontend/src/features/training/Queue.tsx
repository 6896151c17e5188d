import { X } from "lucide-react";
import { Link } from "react-router";
import { useGetTrainingStatusQuery, useStopSessionMutation } from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { Section } from "../../ui/Card";
import { Dot } from "../../ui/Dot";
import { runColour } from "../../ui/runColour";
import { useToast } from "../../ui/Toast";

/** The runs that wait; each can be opened or taken out. */
export function Queue({ shownId }: { shownId: string }) {
  const { data } = useGetTrainingStatusQuery();
  const [cancel] = useStopSessionMutation();
  const say = useToast();
  const waiting = data?.queue.filter(({ id }) => id !== shownId) ?? [];
  if (waiting.length === 0) return null;
  const takeOut = async (id: string, name: string) => {
    const answer = await cancel({ sessionId: id });
    say(answer.error ? asApiError(answer.error).detail : `${name} was taken out of the queue.`);
  };
  return (
    <Section title="Queue">
      <ol className="grid gap-1">
        {waiting.map(({ id, adapter_name, model_name, data_name }) => (
          <li key={id} className="flex min-w-0 items-center gap-3">
            <Dot colour={runColour(adapter_name)} />
            <Link to={`/training/${id}`} className="truncate font-medium hover:underline">
              {adapter_name}
            </Link>
            <span className="min-w-0 truncate text-sm text-soft">
              {model_name} on {data_name}
            </span>
            <Button
              look="quiet"
              className="ml-auto"
              aria-label={`Take ${adapter_name} out of the queue`}
              onClick={() => takeOut(id, adapter_name)}
            >
              <X aria-hidden />
              Cancel
            </Button>
          </li>
        ))}
      </ol>
    </Section>
  );
}

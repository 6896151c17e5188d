import { Drawer } from "../../../ui/Disclosure";
import { plural } from "../../../ui/format";
import type { Question } from "./questions";

/** What all were asked, with what was said before it. */
export function QuestionShown({ question }: { question: Question }) {
  const { prompt, system, history } = question;
  const before = [...(system ? [{ role: "system", content: system }] : []), ...history];
  return (
    <div className="min-w-0">
      <h2 className="text-sm text-soft">Prompt</h2>
      <p className="max-h-60 overflow-y-auto text-lg whitespace-pre-wrap [overflow-wrap:anywhere]">
        {prompt}
      </p>
      {before.length > 0 && (
        <Drawer title="What was said before it" detail={plural(before.length, "message")} className="mt-3">
          <dl className="grid gap-2 text-sm">
            {before.map(({ role, content }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: turns have no other name than their place
              <div key={index}>
                <dt className="text-soft">{role}</dt>
                <dd className="whitespace-pre-wrap [overflow-wrap:anywhere]">{content}</dd>
              </div>
            ))}
          </dl>
        </Drawer>
      )}
    </div>
  );
}

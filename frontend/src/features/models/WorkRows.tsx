import type { Job } from "../../api";
import { Section } from "../../ui/Card";
import { WorkRow } from "./WorkRow";

/** What is on its way into the library. */
export function WorkRows({ jobs }: { jobs: Job[] }) {
  if (jobs.length === 0) return null;
  return (
    <Section title="On their way">
      <ul className="grid grid-cols-1 gap-5">
        {jobs.map((job) => (
          <WorkRow key={job.id} job={job} />
        ))}
      </ul>
    </Section>
  );
}

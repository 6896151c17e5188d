import { type Dataset, usePreviewDatasetQuery } from "../../api";

export interface Example {
  prompt: string;
  /** the answer that stands in the data, where there is one */
  answer: string | null;
}

const shown = 8;

/** Prompts that the training has not seen: those that the data set names, then its held-out rows. */
export function useExamples(dataset: Dataset | undefined): { examples: Example[]; loading: boolean } {
  const split = dataset?.rows.test ? "test" : "valid";
  const { data, isLoading } = usePreviewDatasetQuery(
    { name: dataset?.name ?? "", split, limit: 200 },
    { skip: !dataset?.rows[split] },
  );
  const rows = data?.rows ?? [];
  const answers = new Map(rows.map(({ prompt, answer }) => [prompt, answer]));
  const prompts = [...(dataset?.examples ?? []), ...rows.map(({ prompt }) => prompt)];
  const known = prompts.filter((prompt): prompt is string => Boolean(prompt));
  const examples = [...new Set(known)]
    .slice(0, shown)
    .map((prompt) => ({ prompt, answer: answers.get(prompt) ?? null }));
  return { examples, loading: isLoading && examples.length === 0 };
}

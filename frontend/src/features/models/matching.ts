import type { Model } from "../../api";

/** The models that have every word of `wanted` somewhere in what the list says of them. */
export function matching(models: Model[], wanted: string): Model[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter(({ name, model_type, precision, licence, repo_id }) => {
    const said = [name, model_type, precision, licence, repo_id].join(" ").toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** How the facts of a model are written, in the library and on the hub alike. */

import { count, whole } from "../../ui/format";

interface Facts {
  model_type: string | null;
  licence: string | null;
  has_chat_template?: boolean;
}

/** llama · chat template · apache-2.0 */
export function inShort({ model_type, licence, has_chat_template }: Facts): string {
  const template =
    has_chat_template === undefined ? null : has_chat_template ? "chat template" : "no chat template";
  return [model_type, template, licence ?? "no licence named"].filter(Boolean).join(" · ");
}

export const unknown = "unknown";

export function parametersInWords(parameters: number | null): string {
  return parameters === null ? unknown : count(parameters);
}

export function contextInWords(tokens: number | null): string {
  return tokens === null ? unknown : `${whole(tokens)} tokens`;
}

export function modelAddress(name: string): string {
  return `/models/${encodeURIComponent(name)}`;
}

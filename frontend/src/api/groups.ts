/** What the groups of a model's modules are called on every page, in the order that they are told in. */

import type { Module } from "./generated";

export type Group = NonNullable<Module["group"]>;

export const groupTitles: Record<Group, string> = {
  attention: "Attention",
  mlp: "MLP",
  experts: "Experts",
  shared_experts: "Shared experts",
  router: "Router",
  linear_attention: "Linear attention and state space",
  embeddings: "Embeddings",
  head: "Head",
  other: "Other modules",
};

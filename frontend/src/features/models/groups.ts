/** The modules of a model that LoRA can adapt, in short. */

import type { ModelProfile } from "../../api";
import { type Group, groupTitles } from "../../api/groups";

export interface GroupRow {
  title: string;
  modules: number;
  /** the last names of the modules, each once: q_proj, k_proj */
  names: string[];
  parameters: number;
}

/** One row a group, and last what no LoRA adapts, such as norms. */
export function groupRows({ modules, parameters }: ModelProfile): GroupRow[] {
  return (Object.keys(groupTitles) as Group[]).flatMap((group) => {
    const own = modules.filter((module) => (module.group ?? "other") === group);
    const counts = parameters.filter((one) => one.group === group);
    const total = counts.reduce((sum, one) => sum + one.parameters, 0);
    if (own.length === 0 && total === 0) return [];
    const names = [...new Set(own.map(({ path }) => path.split(".").at(-1) ?? path))];
    const title = own.length === 0 ? "Norms and the like" : groupTitles[group];
    return [{ title, modules: own.length, names, parameters: total }];
  });
}

/**
 * The modules of a model by group and key, and the words of a custom choice that mean them: groups, keys, patterns, full
 * paths, as the backend reads them. Knows no components.
 */

import type { ModelProfile, Module } from "../../api";
import { type Group, groupTitles } from "../../api/groups";

export interface NamedModule {
  path: string;
  /** relative to its layer; outside of the layers the full path */
  key: string;
  group: Group;
}

/** All modules of one key; numbered parts of a key are one `*`. */
export interface KeyNode {
  key: string;
  modules: NamedModule[];
  /** the embedding that is the head too, which cannot be adapted */
  tied: boolean;
}

export interface GroupNode {
  group: Group;
  title: string;
  keys: KeyNode[];
}

const groupNames = Object.keys(groupTitles) as Group[];

/** What the last `layers` layers hold (-1 and 0 mean all), and what lies outside of layers. */
export function moduleTree(profile: ModelProfile, layers: number): GroupNode[] {
  const first = layers > 0 ? profile.num_layers - layers : 0;
  const there = profile.modules.filter(({ layer }) => layer == null || layer >= first);
  return groupNames.flatMap((group) => {
    const keys = new Map<string, KeyNode>();
    for (const module of there.filter((one) => (one.group ?? "other") === group)) {
      const named = { path: module.path, key: keyOf(module), group };
      const key = folded(named.key);
      const node = keys.get(key) ?? { key, modules: [], tied: module.tied ?? false };
      node.modules.push(named);
      keys.set(key, node);
    }
    return keys.size > 0 ? [{ group, title: groupTitles[group], keys: [...keys.values()] }] : [];
  });
}

export function modulesOf({ keys }: GroupNode): NamedModule[] {
  return keys.filter(({ tied }) => !tied).flatMap(({ modules }) => modules);
}

/** The paths that the words mean. */
export function chosenPaths(words: string[], tree: GroupNode[]): Set<string> {
  const meant = words.map(matcher);
  const modules = tree.flatMap(modulesOf).filter((module) => meant.some((means) => means(module)));
  return new Set(modules.map(({ path }) => path));
}

/** Whether all, some or none of the modules are chosen. */
export function share(modules: NamedModule[], chosen: ReadonlySet<string>): "all" | "some" | "none" {
  const count = modules.filter(({ path }) => chosen.has(path)).length;
  return count === 0 ? "none" : count === modules.length ? "all" : "some";
}

/** The words after some modules were switched on or off: as few as say it, and what was typed where it still holds. */
export function withModules(
  words: string[],
  tree: GroupNode[],
  modules: NamedModule[],
  on: boolean,
): string[] {
  const wanted = chosenPaths(words, tree);
  for (const { path } of modules) on ? wanted.add(path) : wanted.delete(path);
  const groups = tree.filter((node) => share(modulesOf(node), wanted) === "all").map(({ group }) => group);
  const said: string[] = [...groups];
  const covered = chosenPaths(said, tree);
  const say = (word: string) => {
    said.push(word);
    for (const path of chosenPaths([word], tree)) covered.add(path);
  };
  for (const word of words.filter((one) => !(groupNames as string[]).includes(one))) {
    const paths = [...chosenPaths([word], tree)];
    const unknown = paths.length === 0;
    if (unknown || (paths.every((path) => wanted.has(path)) && !paths.every((path) => covered.has(path))))
      say(word);
  }
  for (const { key } of tree.flatMap(({ keys }) => keys)) {
    const paths = [...chosenPaths([key], tree)];
    if (paths.every((path) => wanted.has(path)) && paths.some((path) => !covered.has(path))) say(key);
  }
  return [...said, ...[...wanted].filter((path) => !covered.has(path))];
}

function keyOf({ path, layer }: Module): string {
  if (layer == null) return path;
  const parts = path.split(".");
  return parts.slice(parts.findIndex(isNumber) + 1).join(".");
}

function folded(key: string): string {
  return key
    .split(".")
    .map((part) => (isNumber(part) ? "*" : part))
    .join(".");
}

function isNumber(part: string): boolean {
  return /^\d+$/.test(part);
}

function matcher(word: string): (module: NamedModule) => boolean {
  const pattern = /[*?[]/.test(word) ? globPattern(word) : null;
  return ({ path, key, group }) =>
    word === path ||
    word === key ||
    word === group ||
    (pattern !== null && (pattern.test(key) || pattern.test(path)));
}

/** As Python's fnmatch reads it: `*`, `?`, `[ab]` and `[!ab]`. */
function globPattern(glob: string): RegExp | null {
  const source = glob.replace(/\*|\?|\[!?[^\]]+\]|[\\^$.|+()[\]{}]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length === 1) return `\\${part}`;
    return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
  });
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    // A range that runs backwards means nothing to fnmatch either.
    return null;
  }
}

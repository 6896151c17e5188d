/** What a person types or pastes for a repository of the hub: its id, `id@revision`, or the address of one of its pages. */

export interface Repository {
  id: string;
  /** a branch, a tag or a commit; null is the main one */
  revision: string | null;
}

const name = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Null where neither an id nor an address is to be seen. */
export function readRepository(typed: string): Repository | null {
  const text = typed.trim();
  return isAddress(text) ? readAddress(text) : readId(text);
}

function readId(text: string): Repository | null {
  const [, id = "", revision] = /^([^@]*)(?:@(\S+))?$/.exec(text) ?? [];
  const parts = id.split("/");
  if (parts.length > 2 || !parts.every((part) => name.test(part))) return null;
  return { id, revision: revision ?? null };
}

/** Every page of a repository begins with its id; those of one state name it behind the kind of page. */
function readAddress(text: string): Repository | null {
  const [owner = "", repository = "", page = "", revision] = pathOf(text);
  if (!name.test(owner) || !name.test(repository)) return null;
  const named = ["tree", "blob", "resolve", "commit"].includes(page) && revision;
  return { id: `${owner}/${repository}`, revision: named || null };
}

function pathOf(address: string): string[] {
  try {
    const { pathname } = new URL(/^https?:/i.test(address) ? address : `https://${address}`);
    return pathname.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return [];
  }
}

/** Also without a scheme: `huggingface.co/org/model`. */
function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) || /^(www\.)?(huggingface\.co|hf\.co)\//i.test(text);
}

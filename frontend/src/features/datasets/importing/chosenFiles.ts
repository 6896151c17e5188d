/** Files that somebody dropped or chose, each with its place inside of the folder it came from. */

export interface ChosenFile {
  /** "train.jsonl", or "sub/train.jsonl" for a file of a folder */
  name: string;
  file: File;
}

/** What a file input gives: with a folder chosen, the folder's own name is left out. */
export function fromInput(files: Iterable<File>): ChosenFile[] {
  return visible(
    [...files].map((file) => ({
      name: file.webkitRelativePath.split("/").slice(1).join("/") || file.name,
      file,
    })),
  );
}

/**
 * What was dropped, folders opened. A folder dropped alone is left out of the names, as when it is chosen. Throws in
 * words where something of it cannot be read.
 */
export async function fromDrop({ items, files }: DataTransfer): Promise<ChosenFile[]> {
  // The list is emptied as soon as the event is over: read it before the first pause.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return fromInput(files);
  const [only] = entries;
  const roots = entries.length === 1 && only && isFolder(only) ? await entriesOf(only, only.name) : entries;
  const found = await Promise.all(roots.map((entry) => filesUnder(entry, "")));
  return visible(found.flat());
}

async function filesUnder(entry: FileSystemEntry, folder: string): Promise<ChosenFile[]> {
  const name = folder + entry.name;
  if (isFolder(entry)) {
    const inside = await entriesOf(entry, name);
    return (await Promise.all(inside.map((each) => filesUnder(each, `${name}/`)))).flat();
  }
  const file = await readFrom<File>(name, (done, failed) =>
    (entry as FileSystemFileEntry).file(done, failed),
  );
  return [{ name, file }];
}

/** A reader hands out a hundred or so at a time, and none when it is done. */
async function entriesOf(folder: FileSystemDirectoryEntry, name: string): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (true) {
    const some = await readFrom<FileSystemEntry[]>(name, (done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function readFrom<T>(
  name: string,
  read: (done: (found: T) => void, failed: (why: DOMException) => void) => void,
): Promise<T> {
  try {
    return await new Promise<T>(read);
  } catch {
    throw new Error(
      `${name} could not be read. Make it readable, or leave it out; then drop the rest again.`,
    );
  }
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** Without what a file manager leaves in a folder (.DS_Store, ._train.jsonl), in the order of their names. */
function visible(chosen: ChosenFile[]): ChosenFile[] {
  return chosen
    .filter(({ name }) => !name.split("/").some((part) => part.startsWith(".")))
    .sort((one, other) => one.name.localeCompare(other.name, "en"));
}

/**
 * Why these files cannot be copied beside those that are there: one would replace another. Null where none would. Many
 * disks take no account of capitals.
 */
export function nameConflict(chosen: ChosenFile[], there: string[]): string | null {
  const seen = new Set<string>();
  for (const { name } of chosen) {
    const folded = name.toLowerCase();
    // What an archive holds is listed below its name.
    if (there.some((other) => `${other.toLowerCase()}/`.startsWith(`${folded}/`)))
      return `${name} is here already, and another of that name would take its place. Rename one of them, or start over. Nothing was copied.`;
    if (seen.has(folded))
      return `Two of these files are called ${name}, and one would take the other’s place. Rename one of them. Nothing was copied.`;
    seen.add(folded);
  }
  return null;
}

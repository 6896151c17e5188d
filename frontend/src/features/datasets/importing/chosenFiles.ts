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

/** What was dropped, folders opened. A folder dropped alone is left out of the names, as when it is chosen. */
export async function fromDrop({ items, files }: DataTransfer): Promise<ChosenFile[]> {
  // The list is emptied as soon as the event is over: read it before the first pause.
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return fromInput(files);
  const [only] = entries;
  const roots = entries.length === 1 && only && isFolder(only) ? await entriesOf(only) : entries;
  const found = await Promise.all(roots.map((entry) => filesUnder(entry, "")));
  return visible(found.flat());
}

async function filesUnder(entry: FileSystemEntry, folder: string): Promise<ChosenFile[]> {
  const name = folder + entry.name;
  if (isFolder(entry)) {
    const inside = await entriesOf(entry);
    return (await Promise.all(inside.map((each) => filesUnder(each, `${name}/`)))).flat();
  }
  const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
  return [{ name, file }];
}

/** A reader hands out a hundred or so at a time, and none when it is done. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (true) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all;
    all.push(...some);
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

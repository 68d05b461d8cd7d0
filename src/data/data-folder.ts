// Where data sets of several plain files are looked for: HEBB_DATA/<folder>, then HEBB_DATA itself.
// For those that are read from there only; findIdxDataset also knows the cache and the network. A file
// may be gzipped, with .gz behind its name.

import { environment, exists, joinPath, readFile } from "../device/host.ts";
import { gunzipIfNeeded } from "../io/gzip.ts";
import { DataError } from "../ir/errors.ts";

/**
 * The folder that has all of these files.
 *
 * @param title    of the data set, for messages
 * @param folders  below HEBB_DATA, in the order they are tried before HEBB_DATA itself
 * @throws DataError  HEBB_DATA is not set, or no folder has them all; the message names them
 */
export function findDataFolder(
  title: string,
  folders: readonly string[],
  files: readonly string[],
): string {
  const root = environment("HEBB_DATA");
  const advice = `; put ${files.join(", ")} into one folder and name it, or the one above it, with HEBB_DATA`;
  if (!root) throw new DataError(`${title}: HEBB_DATA is not set${advice}`);
  const candidates = [...folders.map((folder) => joinPath(root, folder)), root];
  const found = candidates.find((folder) => files.every((file) => exists(pathOf(folder, file))));
  if (found === undefined) {
    throw new DataError(`${title}: not all files are in ${candidates.join(" or ")}${advice}`);
  }
  return found;
}

/** The text of a file in UTF-8. @throws DataError  it cannot be read, or its gzip is damaged */
export async function readText(folder: string, name: string): Promise<string> {
  const file = pathOf(folder, name);
  return new TextDecoder().decode(await gunzipIfNeeded(await readFile(file), { file }));
}

/** The file itself, or its gzipped form where only that is there. */
function pathOf(folder: string, name: string): string {
  const plain = joinPath(folder, name);
  return exists(plain) ? plain : `${plain}.gz`;
}

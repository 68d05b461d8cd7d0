// Walking a folder.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Every file under `folder`, in a fixed order. */
export function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

// NumPy's .npz: a zip archive of .npy files, one per named array.

import type { ArrayData } from "./array-data.ts";
import { dataError, type SourceOptions } from "./bytes.ts";
import { parseNpy, writeNpy } from "./npy.ts";
import { parseZip, writeZip } from "./zip.ts";

/** The arrays of a .npz file by name, in the file's order. */
export async function parseNpz(
  bytes: Uint8Array,
  options: SourceOptions = {},
): Promise<Map<string, ArrayData>> {
  const arrays = new Map<string, ArrayData>();
  for (const [name, content] of await parseZip(bytes, options)) {
    if (!name.endsWith(".npy")) {
      throw dataError(options.file, 0, `"${name}" in the archive is not a .npy file`);
    }
    const file = options.file ? `${options.file}/${name}` : name;
    arrays.set(name.slice(0, -4), parseNpy(content, { file }));
  }
  return arrays;
}

/** The bytes of a .npz file, uncompressed; np.load reads it. */
export function writeNpz(arrays: Iterable<readonly [string, ArrayData]>): Uint8Array {
  return writeZip(Array.from(arrays, ([name, array]) => [`${name}.npy`, writeNpy(array)] as const));
}

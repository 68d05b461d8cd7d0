// hebb cache clear: removes compiled kernels from the disk; they are built again when needed.

import { clearKernelCache } from "../index.ts";
import { readArguments } from "./arguments.ts";
import { grouped, type Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export function cacheCommand(words: readonly string[], terminal: Terminal): number {
  const { positionals } = readArguments(words, { json: { type: "boolean" } }, 1);
  if (positionals[0] !== "clear") throw new UsageError("cache knows one word: hebb cache clear");
  const { files, bytes } = clearKernelCache();
  terminal.say(`removed ${grouped(files)} files, ${(bytes / 1e6).toFixed(1)} MB`);
  terminal.tell({ type: "cleared", files, bytes });
  return 0;
}

// The caches that a thread has to itself, from what Linux tells of the first processor's: their sizes,
// shared out to those that use them. How kernels are cut follows from them; what they compute does not.
// Elsewhere, and where caches are smaller, sizes that were found to serve all alike.

import { fileSystem } from "../host.ts";

/** What is cut for where no more is known, in bytes. */
export const someCaches = { l1: 2 ** 15, l2: 2 ** 20 };

/** Where Linux describes the caches, each in a folder. */
const folder = "/sys/devices/system/cpu/cpu0/cache";
/** More than a processor has. */
const mostCaches = 8;

/**
 * Bytes of the first and second cache for each thread, `someCaches` at least.
 *
 * @param read  the content of one of the files that describe them, "index2/size"
 */
export function cachesOfThread(
  read: (file: string) => string = (file) => fileSystem().readFileSync(`${folder}/${file}`, "utf8"),
): { readonly l1: number; readonly l2: number } {
  const found = { ...someCaches };
  try {
    for (let i = 0; i < mostCaches; i++) {
      const about = (what: string): string => read(`index${i}/${what}`).trim();
      const level = `l${about("level")}`;
      if (about("type") === "Instruction" || (level !== "l1" && level !== "l2")) continue;
      const [, size] = /^(\d+)K$/.exec(about("size")) ?? [];
      const each = Math.floor((1024 * Number(size)) / countOf(about("shared_cpu_list")));
      if (each > found[level]) found[level] = each;
    }
  } catch {
    // no more caches, or a system that does not tell
  }
  return found;
}

/** How many processors a list like "0-1,4" names. */
const countOf = (list: string): number =>
  list.split(",").reduce((count, range) => {
    const [from = NaN, to = from] = range.split("-").map(Number);
    return count + to - from + 1;
  }, 0);

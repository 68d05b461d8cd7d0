// Whether two kernels are one but for their names.

import type { Kernel } from "../../ir/kernel.ts";

/** Whether kernels are equal but for their names. */
export function equalKernels(a: Kernel, b: Kernel): boolean {
  const { name: _, ...own } = a;
  const { name: __, ...others } = b;
  return equalRecords(own, others);
}

/** Numbers, texts, and lists and records of such; numbers to their sign, which −0 has too. */
function equalValues(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (!Array.isArray(a)) return equalRecords(a as PlainRecord, b as PlainRecord);
  return (
    Array.isArray(b) &&
    a.length === b.length &&
    a.every((value, i) => equalValues(value, (b as unknown[])[i]))
  );
}

type PlainRecord = Readonly<Record<string, unknown>>;

/** A field that is undefined is as good as none. */
function equalRecords(a: PlainRecord, b: PlainRecord): boolean {
  for (const field in a) if (!equalValues(a[field], b[field])) return false;
  for (const field in b) if (a[field] === undefined && b[field] !== undefined) return false;
  return true;
}

// What an op carries besides its sources, as text: equal texts, equal arguments.

import type { Node } from "../ir/node.ts";

type Field = number | string | boolean | readonly number[];

/** The text of a node's argument. Bodies of scans and calls have none: two of those are two things. */
export function argumentKey({ arg }: Node): string {
  if (arg === null) return "";
  const fields = arg as unknown as Readonly<Record<string, Field>>;
  let key = "";
  for (const name in fields) {
    const value = fields[name] as Field;
    key += `${name}:${Object.is(value, -0) ? "-0" : typeof value === "object" ? value.join() : value};`;
  }
  return key;
}

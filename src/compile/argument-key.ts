// What an op carries besides its sources, as text: equal texts, equal arguments.

import type { Node } from "../ir/node.ts";
import type { ProductForm } from "../ir/op.ts";

type Field = number | string | boolean | readonly number[] | ProductForm;

/** The text of a node's argument. Bodies of scans and calls have none: two of those are two things. */
export function argumentKey({ arg }: Node): string {
  if (arg === null) return "";
  const fields = arg as unknown as Readonly<Record<string, Field>>;
  let key = "";
  for (const name in fields) {
    const value = fields[name] as Field;
    key += `${name}:${textOf(value)};`;
  }
  return key;
}

function textOf(value: Field): unknown {
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : value;
  return "name" in value ? value.name : value.join();
}

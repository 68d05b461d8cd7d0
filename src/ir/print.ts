// A graph as text, one node a line, sources before users:
//
//   %1 = input 0 : f32[2, 3]
//   %2 = reduce %1 kind=add axes=[1] : f32[2]
//   return %2
//
// Numbers count from 1 within the text, whatever the ids are. Bodies of scans and calls are indented
// below the node that owns them and go on counting.

import { type Body, type Node, type Part, sortNodes } from "./node.ts";
import type { OpArgs } from "./op.ts";
import { showShape } from "./shape.ts";

const typeOf = ({ dtype, shape }: Part): string => `${dtype}${showShape(shape)}`;

/**
 * The text of the graph below `outputs`.
 *
 * @param outputs  the nodes after `return`
 * @returns        lines joined by newlines, without one at the end
 * @example
 * print([add(x, y)]) // "%1 = input 0 : f32[3]\n%2 = input 1 : f32[3]\n%3 = add %1 %2 : f32[3]\nreturn %3"
 */
export function print(outputs: readonly Node[]): string {
  const names = new Map<Node, string>();
  const lines: string[] = [];
  const list = (nodes: readonly Node[]): string => nodes.map((n) => names.get(n) ?? "?").join(" ");

  const write = (body: Body, indent: string): void => {
    const order = new Set([...body.inputs, ...sortNodes(body.outputs)]);
    for (const node of order) {
      names.set(node, `%${names.size + 1}`);
      const words = [`${indent}${names.get(node)} =`, node.op, list(node.src), showArg(node)];
      const type = node.parts ? node.parts.map(typeOf).join(", ") : typeOf(node);
      lines.push(`${words.filter((w) => w !== "").join(" ")} : ${type}`);
      const inner = (node.arg as Partial<OpArgs["scan"]> | null)?.body;
      if (inner) write(inner, `${indent}  `);
    }
    lines.push(`${indent}return ${list(body.outputs)}`);
  };
  write({ inputs: [], outputs }, "");
  return lines.join("\n");
}

/** `axis=1 size=3`; a lone number without its name; bodies and rules left out. */
function showArg(node: Node): string {
  if (node.arg === null) return "";
  if (node.op === "input" || node.op === "const" || node.op === "part") {
    return String(Object.values(node.arg)[0]);
  }
  const words: string[] = [];
  for (const [name, value] of Object.entries(node.arg as Record<string, unknown>)) {
    if (Array.isArray(value)) words.push(`${name}=${showShape(value)}`);
    else if (value === true) words.push(name);
    else if (typeof value === "number" || typeof value === "string") words.push(`${name}=${value}`);
  }
  return words.join(" ");
}

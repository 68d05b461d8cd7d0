// A graph as text: equal texts, equal programs. Data is not in it, and of constants that come with
// each call only which they are.

import { type Body, is, type Node, type Part, sortNodes } from "../ir/node.ts";
import type { Graph } from "../ir/program.ts";
import { argumentKey } from "./argument-key.ts";

export function graphText({ inputs, outputs, constants, replaces }: Graph): string {
  const writer = new Writer();
  const given = new Map<Node, string>();
  for (const [i, node] of inputs.entries()) given.set(node, `input ${i}`);
  for (const [i, node] of constants.entries()) given.set(node, `constant ${i} ${node.op}`);
  for (const [node, name] of given) writer.lines.push(`${name} ${typeText(node)}`);
  writer.nodes(outputs, given);
  writer.lines.push(`replaces ${replaces.join()}`);
  return writer.lines.join("\n");
}

const typeText = ({ dtype, shape }: Part): string => `${dtype}[${shape.join()}]`;

class Writer {
  readonly lines: string[] = [];
  /** One body in two places is another program than two bodies that are alike. */
  readonly #bodies = new Map<Body, number>();

  nodes(outputs: readonly Node[], given: ReadonlyMap<Node, string>): void {
    const order = sortNodes(outputs);
    const at = new Map(order.map((node, i) => [node, i]));
    for (const node of order) {
      const sources = node.src.map((s) => at.get(s)).join();
      const what = given.get(node) ?? `${node.op}(${sources})${this.#argument(node)}`;
      this.lines.push(`${what} ${typeText(node)}`);
    }
    this.lines.push(`return ${outputs.map((o) => at.get(o)).join()}`);
  }

  #argument(node: Node): string {
    if (is(node, "scan")) {
      const { body, carries, stacked, length, reverse } = node.arg;
      return `${[carries, stacked, length, reverse]} ${this.#body(body)}`;
    }
    return is(node, "call") ? `${node.arg.kind} ${this.#body(node.arg.body)}` : argumentKey(node);
  }

  #body(body: Body): number {
    let number = this.#bodies.get(body);
    if (number === undefined) {
      number = this.#bodies.size;
      this.#bodies.set(body, number);
      this.lines.push(`body ${number}`);
      this.nodes(body.outputs, new Map(body.inputs.map((node, i) => [node, `input ${i}`])));
    }
    return number;
  }
}

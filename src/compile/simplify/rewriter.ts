// Rewrites a graph by rules, from its sources up, until none fits; equal nodes become one on the way.

import { makeNode, type Node, sortNodes } from "../../ir/node.ts";
import { argumentKey } from "../argument-key.ts";

/**
 * A better node of equal value, or undefined where the rule does not fit. `isShared` tells whether a
 * source is wanted by others too, so that computing less of it would be computing it twice.
 */
export type Rule = (node: Node, isShared: (source: Node) => boolean) => Node | undefined;

export class Rewriter {
  readonly #rules: readonly Rule[];
  readonly #fixed: ReadonlySet<Node>;
  /** Nodes already dealt with, what they became included, and what stands for each. */
  readonly #done = new Map<Node, Node>();
  readonly #known = new Map<string, Node>();
  readonly #shared = new Set<Node>();

  /** Nodes in `fixed` keep their identity. */
  constructor(rules: readonly Rule[], fixed: ReadonlySet<Node>) {
    this.#rules = rules;
    this.#fixed = fixed;
  }

  run(outputs: readonly Node[]): Node[] {
    const settled = (node: Node): boolean => this.#done.has(node) || this.#fixed.has(node);
    const order = sortNodes(outputs, settled);
    const users = new Map<Node, number>();
    for (const node of [...order, { src: outputs }])
      for (const s of new Set(node.src)) users.set(s, (users.get(s) ?? 0) + 1);
    for (const node of order) {
      this.#visit(node);
      if ((users.get(node) ?? 0) > 1) this.#shared.add(this.#done.get(node) as Node);
    }
    return outputs.map((o) => this.#done.get(o) as Node);
  }

  #visit(node: Node): void {
    if (this.#done.has(node)) return;
    if (this.#fixed.has(node)) {
      this.#done.set(node, node);
      return;
    }
    const src = node.src.map((s) => this.#done.get(s) as Node);
    const changed = src.some((s, i) => s !== node.src[i]);
    const fresh = changed
      ? makeNode(node.op, src, node.arg as never, node.shape, node.dtype, node.parts)
      : node;
    this.#done.set(node, this.#settle(fresh));
  }

  /** Apply rules until none fits; what a rule makes is simplified from its sources up. */
  #settle(node: Node): Node {
    const known = this.#done.get(node);
    if (known) return known;
    const result = this.#better(node) ?? this.#only(node);
    this.#done.set(node, result);
    return result;
  }

  #better(node: Node): Node | undefined {
    for (const rule of this.#rules) {
      const made = rule(node, (source) => this.#shared.has(source));
      if (made && made !== node) return this.run([made])[0];
    }
    return undefined;
  }

  /** The first node equal to this one. */
  #only(node: Node): Node {
    if (this.#fixed.has(node) || ownIdentity.has(node.op)) return node;
    const key = keyOf(node);
    const old = this.#known.get(key);
    if (old) return old;
    this.#known.set(key, node);
    return node;
  }
}

/** Two of these are two things, however alike. */
const ownIdentity: ReadonlySet<string> = new Set(["keep", "scan", "call", "input", "buffer"]);

function keyOf(node: Node): string {
  const sources = node.src.map((s) => s.id).join();
  return `${node.op}${node.dtype}[${node.shape.join()}](${sources})${argumentKey(node)}`;
}

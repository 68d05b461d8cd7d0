// Points are the nodes whose values a kernel makes as such: roots, and whatever cannot be read in
// place. Between points lie views and arithmetic, read by whoever needs them.

import { type Node, sortNodes } from "../../ir/node.ts";
import { type Op, ops } from "../../ir/op.ts";
import { sizeOf } from "../../ir/shape.ts";
import { priceOf } from "./price.ts";

export interface ScheduleRequest {
  readonly outputs: readonly Node[];
  /** In memory already. */
  readonly inputs: ReadonlySet<Node>;
  /** Numbers of the launch, not memory. */
  readonly runtime: ReadonlySet<Node>;
  /** Whether ops may share a kernel; else each has its own. */
  readonly fuse: boolean;
  /** Elements of 32 bits that an instruction computes at once. */
  readonly lanes: number;
}

export const isLeaf = (request: ScheduleRequest, node: Node): boolean =>
  request.inputs.has(node) || request.runtime.has(node);

const inlineLeaves: ReadonlySet<Op> = new Set(["const", "iota", "gather", "alias", "detach"]);

/** Whether a node is a view or arithmetic of an element: read in place rather than stored. */
export function isInline(node: Node): boolean {
  const { family } = ops[node.op];
  return family === "movement" || family === "elementwise" || inlineLeaves.has(node.op);
}

export class Points {
  readonly #request: ScheduleRequest;
  readonly #roots: ReadonlySet<Node>;
  readonly #below = new Map<Node, ReadonlySet<Node>>();

  constructor(request: ScheduleRequest, roots: ReadonlySet<Node>) {
    this.#request = request;
    this.#roots = roots;
  }

  isLeaf(node: Node): boolean {
    return isLeaf(this.#request, node);
  }

  isRuntime(node: Node): boolean {
    return this.#request.runtime.has(node);
  }

  isPoint(node: Node): boolean {
    return !this.isLeaf(node) && (this.#roots.has(node) || !isInline(node));
  }

  /** What a kernel that makes some points finds in memory. */
  storedFor(made: (node: Node) => boolean): (node: Node) => boolean {
    return (n) => !made(n) && (this.#request.inputs.has(n) || this.isPoint(n));
  }

  /** The points whose values a point's kernel takes from elsewhere or has at hand. */
  usedBy(point: Node): ReadonlySet<Node> {
    return union(point.src.map((s) => this.#nearest(s)));
  }

  /** The nearest points at or below a node. */
  #nearest(node: Node): ReadonlySet<Node> {
    const known = this.#below.get(node);
    if (known) return known;
    const stop = (n: Node): boolean => this.#below.has(n) || this.isLeaf(n) || this.isPoint(n);
    for (const n of sortNodes([node], stop)) {
      if (this.#below.has(n)) continue;
      if (this.isLeaf(n)) this.#below.set(n, new Set());
      else if (this.isPoint(n)) this.#below.set(n, new Set([n]));
      else this.#below.set(n, union(n.src.map((s) => this.#below.get(s) as ReadonlySet<Node>)));
    }
    return this.#below.get(node) as ReadonlySet<Node>;
  }

  /** Arithmetic between a point and those it uses. */
  work(point: Node): number {
    const stop = (n: Node): boolean => this.isLeaf(n) || (n !== point && this.isPoint(n));
    return sortNodes([point], stop).reduce((sum, n) => (stop(n) ? sum : sum + priceOf(n)), 0);
  }

  /** Tensors of more than half of `size` elements that a point reads from memory. */
  largeReads(point: Node, size: number): Set<Node> {
    const stop = (n: Node): boolean => this.isLeaf(n) || (n !== point && this.isPoint(n));
    const read = sortNodes([point], stop).filter(stop);
    return new Set(read.filter((n) => n.shape.length > 0 && sizeOf(n.shape) * 2 > size));
  }
}

function union(sets: readonly ReadonlySet<Node>[]): ReadonlySet<Node> {
  const out = new Set<Node>();
  for (const set of sets) for (const node of set) out.add(node);
  return out;
}

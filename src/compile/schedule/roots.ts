// Which inline values are stored after all: what a kernel needs as memory, what several kernels would
// compute again at a price, what stands for a product that nobody else needs, and what is too much
// arithmetic for one kernel.

import { is, type Node, sortNodes } from "../../ir/node.ts";
import { type Op, ops } from "../../ir/op.ts";
import { sizeOf } from "../../ir/shape.ts";
import { formOf } from "../contraction.ts";
import { leadingAxis } from "../leading.ts";
import { isInline, isLeaf, type ScheduleRequest } from "./points.ts";
import { mostWork, priceOf } from "./price.ts";

/** Arithmetic at which recomputing in two kernels costs more than storing once. */
const dear = 8;
/**
 * Instructions on a vector that cost less than storing and reading it, where what they are made of is
 * read anyway: for each of its elements.
 */
const againEach = 3;
const views: ReadonlySet<Op> = new Set(["reshape", "permute", "expand", "slice", "flip", "window"]);

/** Nodes of `order` (sources before users) to store although they could be read in place. */
export function chooseRoots(request: ScheduleRequest, order: readonly Node[]): Set<Node> {
  return new RootChoice(request, order).run(order);
}

class RootChoice {
  readonly #request: ScheduleRequest;
  readonly #roots = new Set<Node>();
  /** Arithmetic that reading a value in place takes. */
  readonly #cost = new Map<Node, number>();
  /** Values that reading in place takes from memory. */
  readonly #reads = new Set<Node>();
  readonly #users: ReadonlyMap<Node, readonly Node[]>;
  readonly #positions: ReadonlyMap<Node, number>;

  constructor(request: ScheduleRequest, order: readonly Node[]) {
    this.#request = request;
    this.#users = usersOf(order.filter((n) => !this.#isLeaf(n)));
    this.#positions = new Map(order.map((node, i) => [node, i]));
  }

  run(order: readonly Node[]): Set<Node> {
    const inner = order.filter((n) => !this.#isLeaf(n));
    for (const node of this.#request.outputs) if (!this.#isLeaf(node)) this.#roots.add(node);
    for (const node of order) {
      if (this.#isLeaf(node) || !isInline(node)) {
        this.#cost.set(node, 0);
        if (!this.#request.runtime.has(node)) this.#reads.add(node);
      } else this.#weigh(node);
    }
    for (const node of inner) this.#storeOperands(node);
    for (const node of inner) if (node.op === "contract") this.#storeInstead(node);
    return this.#roots;
  }

  #isLeaf(node: Node): boolean {
    return isLeaf(this.#request, node);
  }

  #weigh(node: Node): void {
    const elementwise = ops[node.op].family === "elementwise";
    let total = priceOf(node);
    for (const s of node.src) if (!this.#roots.has(s)) total += this.#cost.get(s) ?? 0;
    if (total >= mostWork) total = this.#distinctWork(node);
    const reads = node.src.some((s) => this.#reads.has(s));
    const users = this.#users.get(node)?.length ?? 0;
    const shared = users > 1 && total >= dear && reads && !this.#isBetterMadeAgain(node, total);
    if (elementwise && (shared || total >= mostWork || !this.#request.fuse)) {
      this.#roots.add(node);
      total = 0;
    }
    if (this.#repeatsWork(node)) {
      this.#storeBelowViews(node.src[0] as Node, node.op === "window");
      total = 0;
    }
    this.#cost.set(node, total);
    if (reads) this.#reads.add(node);
  }

  /**
   * Whether whoever needs a value reads all that it is made of anyway. Then storing it would only add
   * to what is written and read, and, until the last has read it, to the memory that is in use.
   */
  #isBetterMadeAgain(node: Node, work: number): boolean {
    if (work > againEach * this.#request.lanes) return false;
    const takers = this.#takersOf(node);
    return this.#groundsOf(node).every((ground) => {
      const own = this.#takersOf(ground, node);
      return [...takers].every((taker) => own.has(taker));
    });
  }

  /**
   * What reading a value in place takes from memory, but for what is repeated: that is little. (Sizes
   * are not compared, lest a batch of another size be scheduled otherwise.)
   */
  #groundsOf(node: Node): Node[] {
    const isGround = (n: Node): boolean =>
      n !== node && (this.#isLeaf(n) || this.#roots.has(n) || !isInline(n));
    const ends = (n: Node): boolean => isGround(n) || n.op === "expand";
    return sortNodes([node], ends).filter((n) => isGround(n) && this.#reads.has(n));
  }

  /** What takes a value through views and arithmetic, other than by way of `without`. */
  #takersOf(node: Node, without?: Node): Set<Node> {
    const takers = new Set<Node>();
    const seen = new Set([node]);
    for (const n of seen) {
      for (const user of this.#users.get(n) ?? []) {
        if (!isInline(user) || this.#request.outputs.includes(user)) takers.add(user);
        if (isInline(user) && user !== without) seen.add(user);
      }
    }
    return takers;
  }

  /** Arithmetic that reading a value in place takes, with what its parts share counted once. */
  #distinctWork(node: Node): number {
    const stop = (n: Node): boolean =>
      n !== node && (this.#roots.has(n) || this.#isLeaf(n) || !isInline(n));
    return sortNodes([node], stop).reduce((sum, n) => (stop(n) ? sum : sum + priceOf(n)), 0);
  }

  /** Read through overlapping windows or repeated, work would be done again for every reader. */
  #repeatsWork(node: Node): boolean {
    const source = node.src[0];
    if (!source || !isInline(source) || this.#isLeaf(source) || this.#roots.has(source))
      return false;
    const cost = this.#cost.get(source) ?? 0;
    if (cost === 0 || !this.#reads.has(source)) return false;
    const again = sizeOf(node.shape) / Math.max(1, sizeOf(source.shape));
    if (node.op === "window") return again > 1.5;
    if (node.op !== "expand" || cost < 4) return false;
    const first = leadingAxis(node.shape);
    return again >= 4 || node.shape[first] !== source.shape[first];
  }

  /**
   * Where other kernels take from a product one value alone, store that, if it is dear or several take
   * it: the product's own kernel makes it, from what it has at hand, and the product is not stored. So
   * the slope of an activation stands for what it was given until the gradient comes, and a sum with
   * what was there before for each of its terms.
   */
  #storeInstead(product: Node): void {
    if (this.#request.outputs.includes(product) || !this.#request.fuse) return;
    const own = new Set([product]);
    const taken = new Set<Node>();
    for (const node of own) {
      for (const user of this.#users.get(node) ?? []) {
        const isOwn = isOfElements(user) && user.src.every((s) => this.#isAtHand(s, product, own));
        if (!isOwn) taken.add(node);
        else if (!this.#roots.has(user)) own.add(user);
      }
    }
    const [value, another] = taken;
    const work = value && !another ? (this.#cost.get(value) ?? 0) : 0;
    if (!value || work === 0) return;
    if (work >= dear || this.#takersOf(value).size > 1) this.#roots.add(value);
  }

  /** Whether a product's kernel can make or find a value: of the product, or of what is there before. */
  #isAtHand(node: Node, product: Node, own: ReadonlySet<Node>): boolean {
    const isThere = (n: Node): boolean =>
      own.has(n) || this.#isLeaf(n) || this.#isBefore(n, product);
    const found = sortNodes([node], (n) => isThere(n) || this.#roots.has(n) || !isInline(n));
    return found.every((n) => isThere(n) || (isInline(n) && !this.#roots.has(n)));
  }

  #isBefore(node: Node, other: Node): boolean {
    return (this.#positions.get(node) as number) < (this.#positions.get(other) as number);
  }

  /** What a node's kernel must find in memory. */
  #storeOperands(node: Node): void {
    if (node.op === "contract") for (const s of node.src) this.#storeBelowViews(s, !!formOf(s));
    else if (node.op === "keep") this.#roots.add(node);
    else if (is(node, "scan")) {
      for (const s of node.src.slice(node.arg.carries)) if (!this.#isLeaf(s)) this.#roots.add(s);
    }
  }

  /**
   * Store what a chain of views shows, so that the views can be read as memory. Padding below windows
   * with a form of their own is put on as they are read: `padded`.
   */
  #storeBelowViews(node: Node, padded: boolean): void {
    const passes = (n: Node): boolean =>
      views.has(n.op) || (n.op === "cast" && !this.#roots.has(n)) || (padded && isPlainPad(n));
    let at = node;
    while (!this.#isLeaf(at) && passes(at)) at = at.src[0] as Node;
    if (this.#isLeaf(at) || at.op === "const" || at.op === "iota" || !isInline(at)) return;
    this.#roots.add(at);
  }
}

/** Whether each element of a node is made of the elements in its place. */
const isOfElements = (node: Node): boolean =>
  node.op === "reshape" || ops[node.op].family === "elementwise";

/** Padding around, with nothing in between. */
const isPlainPad = (node: Node): boolean =>
  is(node, "pad") && node.arg.between.every((n) => n === 0);

function usersOf(nodes: readonly Node[]): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of nodes) {
    for (const s of new Set(node.src)) {
      const list = users.get(s);
      if (list) list.push(node);
      else users.set(s, [node]);
    }
  }
  return users;
}

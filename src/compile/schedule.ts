// Where one kernel ends and the next begins. Nodes that only move or combine elements are read in
// place by whoever needs them; the others (reductions, contractions, …) and the values that several
// kernels need are points. Each point joins the kernel of a value it uses when their loops agree,
// else it begins a kernel of its own.

import { is, type Node, sortNodes } from "../ir/node.ts";
import { ops } from "../ir/op.ts";
import { equalShapes, sizeOf } from "../ir/shape.ts";
import { type Axis, type Index, indexOf, keyOf, SplitAxis, sameIndex, zero } from "./affine.ts";
import { Reader } from "./expression.ts";
import { isInline } from "./simplify.ts";

export type GroupKind = "loop" | "contract" | "scatter" | "cumsum" | "argsort" | "scan";

/** The points of one kernel. */
export interface Group {
  readonly kind: GroupKind;
  readonly points: Node[];
  /** Loop groups: the shape their loops run over, and which of its axes are reduced. */
  domain: Domain | undefined;
  readonly after: Set<Group>;
}

export interface Domain {
  readonly shape: readonly number[];
  readonly inner: readonly number[];
}

export interface Schedule {
  readonly groups: readonly Group[];
  readonly groupOf: ReadonlyMap<Node, Group>;
  /** Points whose values are stored in memory. */
  readonly stored: ReadonlySet<Node>;
}

/** Arithmetic at which recomputing in two kernels costs more than storing once. */
const dear = 8;
/** Arithmetic that one kernel may hold. */
const most = 300;

const weights: Partial<Record<string, number>> = {
  exp: 8,
  expm1: 10,
  log: 8,
  log1p: 10,
  sin: 10,
  cos: 10,
  tanh: 12,
  erf: 14,
  sqrt: 4,
  div: 3,
  mod: 4,
  threefry: 4,
};

export interface ScheduleRequest {
  readonly outputs: readonly Node[];
  /** In memory already. */
  readonly inputs: ReadonlySet<Node>;
  /** Numbers of the launch, not memory. */
  readonly runtime: ReadonlySet<Node>;
}

export function makeSchedule(request: ScheduleRequest): Schedule {
  return new Scheduler(request).run();
}

class Scheduler {
  private readonly request: ScheduleRequest;
  private readonly order: Node[];
  private readonly roots = new Set<Node>();
  private readonly groups: Group[] = [];
  private readonly groupOf = new Map<Node, Group>();
  private readonly below = new Map<Node, ReadonlySet<Node>>();

  constructor(request: ScheduleRequest) {
    this.request = request;
    this.order = sortNodes(request.outputs, (n) => this.isLeaf(n));
  }

  private isLeaf(node: Node): boolean {
    return this.request.inputs.has(node) || this.request.runtime.has(node);
  }

  private isPoint(node: Node): boolean {
    return !this.isLeaf(node) && (this.roots.has(node) || (!isInline(node) && node.op !== "scan"));
  }

  run(): Schedule {
    this.chooseRoots();
    for (const node of this.order) {
      if (is(node, "scan")) this.begin("scan", node);
      else if (this.isPoint(node)) this.assign(node);
    }
    const stored = new Set<Node>();
    for (const output of this.request.outputs) if (!this.isLeaf(output)) stored.add(output);
    for (const node of this.order) {
      const group = this.groupOf.get(node);
      if (!group) continue;
      if (group.kind === "scan" && node.op === "part") stored.add(node);
      for (const used of this.uses(node)) if (this.groupOf.get(used) !== group) stored.add(used);
    }
    return { groups: this.groups, groupOf: this.groupOf, stored };
  }

  // Which values are stored for the sake of their users

  private chooseRoots(): void {
    const users = new Map<Node, number>();
    for (const node of this.order) {
      if (this.isLeaf(node)) continue;
      for (const s of new Set(node.src)) users.set(s, (users.get(s) ?? 0) + 1);
    }
    for (const output of this.request.outputs) if (!this.isLeaf(output)) this.roots.add(output);
    const cost = new Map<Node, number>();
    const reads = new Set<Node>();
    for (const node of this.order) {
      let total = 0;
      let loads = this.isLeaf(node) ? this.request.inputs.has(node) : !isInline(node);
      if (!this.isLeaf(node) && isInline(node)) {
        if (ops[node.op].family === "elementwise" && node.op !== "cast")
          total = weights[node.op] ?? 1;
        if (node.op === "gather") total = 4;
        for (const s of node.src) {
          if (!this.roots.has(s)) total += cost.get(s) ?? 0;
          if (reads.has(s)) loads = true;
        }
        const shared = (users.get(node) ?? 0) > 1 && total >= dear && loads;
        if (ops[node.op].family === "elementwise" && (shared || total >= most)) {
          this.roots.add(node);
          total = 0;
        }
        // Read through overlapping windows or repeated, work would be done again for every reader.
        const source = node.src[0];
        if (
          source &&
          isInline(source) &&
          !this.isLeaf(source) &&
          !this.roots.has(source) &&
          (cost.get(source) ?? 0) > 0 &&
          reads.has(source)
        ) {
          const again = sizeOf(node.shape) / Math.max(1, sizeOf(source.shape));
          if (
            (is(node, "window") && again > 1.5) ||
            (node.op === "expand" && again >= 4 && (cost.get(source) as number) >= 4)
          ) {
            this.storeBelowViews(source);
            total = 0;
          }
        }
      }
      cost.set(node, total);
      if (loads) reads.add(node);
    }
    for (const node of this.order) {
      if (this.isLeaf(node)) continue;
      if (node.op === "contract") for (const s of node.src) this.storeBelowViews(s);
      else if (is(node, "scan")) {
        for (const s of node.src.slice(node.arg.carries)) if (!this.isLeaf(s)) this.roots.add(s);
      } else if (node.op === "keep") this.roots.add(node);
    }
  }

  /** Store what a chain of views shows, so that the views can be read as memory. */
  private storeBelowViews(node: Node): void {
    let at = node;
    const views = new Set(["reshape", "permute", "expand", "slice", "flip", "window"]);
    while (!this.isLeaf(at) && (views.has(at.op) || (at.op === "cast" && !this.roots.has(at))))
      at = at.src[0] as Node;
    if (this.isLeaf(at) || at.op === "const" || at.op === "iota" || !isInline(at)) return;
    this.roots.add(at);
  }

  // Points and what they use

  /** The points whose values a node's kernel takes from elsewhere or has at hand. */
  private uses(point: Node): ReadonlySet<Node> {
    const out = new Set<Node>();
    for (const s of point.src) for (const p of this.pointsOf(s)) out.add(p);
    return out;
  }

  /** The nearest points at or below a node. */
  private pointsOf(node: Node): ReadonlySet<Node> {
    const known = this.below.get(node);
    if (known) return known;
    for (const n of sortNodes(
      [node],
      (x) => this.below.has(x) || this.isLeaf(x) || this.isPoint(x) || x.op === "scan",
    )) {
      if (this.below.has(n)) continue;
      if (this.isLeaf(n)) this.below.set(n, new Set());
      else if (this.isPoint(n) || n.op === "scan") this.below.set(n, new Set([n]));
      else {
        const out = new Set<Node>();
        for (const s of n.src) for (const p of this.below.get(s) as ReadonlySet<Node>) out.add(p);
        this.below.set(n, out);
      }
    }
    return this.below.get(node) as ReadonlySet<Node>;
  }

  // Groups

  private begin(kind: GroupKind, point: Node, domain?: Domain): void {
    const group: Group = { kind, points: [point], domain, after: new Set() };
    this.groups.push(group);
    this.groupOf.set(point, group);
    this.link(group, point);
  }

  private link(group: Group, point: Node): void {
    for (const used of this.uses(point)) {
      const other = this.groupOf.get(used) as Group;
      if (other !== group) group.after.add(other);
    }
  }

  private assign(point: Node): void {
    if (is(point, "part")) {
      const group = this.groupOf.get(point.src[0] as Node) as Group;
      group.points.push(point);
      this.groupOf.set(point, group);
      return;
    }
    if (
      point.op === "contract" ||
      point.op === "scatter" ||
      point.op === "cumsum" ||
      point.op === "argsort"
    ) {
      this.begin(point.op, point);
      return;
    }
    const candidates = new Set<Group>();
    for (const used of this.uses(point)) candidates.add(this.groupOf.get(used) as Group);
    const latest = [...candidates].sort((a, b) => this.groups.indexOf(b) - this.groups.indexOf(a));
    for (const group of latest) if (this.join(group, point)) return;
    const domain = is(point, "reduce")
      ? { shape: (point.src[0] as Node).shape, inner: point.arg.axes }
      : undefined;
    const loops = domain ?? { shape: point.shape, inner: [] };
    // Results that share their loops and what they read are one kernel, though neither needs the other.
    if (point.op !== "fold") {
      for (const group of this.groups.slice(-8).reverse()) {
        if (group.kind !== "loop" || candidates.has(group)) continue;
        const other = group.domain ?? { shape: (group.points[0] as Node).shape, inner: [] };
        if (
          this.sameDomain(other, loops) &&
          this.sharesInput(group, point, sizeOf(loops.shape)) &&
          this.join(group, point)
        )
          return;
      }
    }
    this.begin("loop", point, domain);
  }

  private sameDomain(a: Domain, b: Domain): boolean {
    return equalShapes(a.shape, b.shape) && equalShapes(a.inner, b.inner);
  }

  /** Whether point and group read some tensor of the loops' size alike, or the point reads nothing so large. */
  private sharesInput(group: Group, point: Node, size: number): boolean {
    const large = (n: Node): Set<Node> => {
      const stop = (x: Node): boolean => this.isLeaf(x) || (x !== n && this.isPoint(x));
      return new Set(
        sortNodes([n], stop).filter(
          (x) => stop(x) && sizeOf(x.shape) * 2 >= size && x.shape.length > 0,
        ),
      );
    };
    const mine = large(point);
    return (
      (mine.size === 0 && point.op === "reduce") ||
      group.points.some((p) => [...large(p)].some((x) => mine.has(x)))
    );
  }

  private join(group: Group, point: Node): boolean {
    if (group.kind !== "loop" && group.kind !== "contract") return false;
    if (group.points.length >= 24) return false;
    for (const used of this.uses(point)) {
      const other = this.groupOf.get(used) as Group;
      if (other !== group && this.reaches(other, group)) return false;
    }
    if (
      !(group.kind === "contract" ? this.fitsContract(group, point) : this.fitsLoop(group, point))
    )
      return false;
    group.points.push(point);
    this.groupOf.set(point, group);
    this.link(group, point);
    return true;
  }

  /** Whether `from` needs `to`, directly or not. */
  private reaches(from: Group, to: Group): boolean {
    const seen = new Set<Group>([from]);
    const stack = [from];
    for (let g = stack.pop(); g !== undefined; g = stack.pop()) {
      if (g === to) return true;
      for (const next of g.after) {
        if (!seen.has(next)) {
          seen.add(next);
          stack.push(next);
        }
      }
    }
    return false;
  }

  // Whether loops agree

  private fitsLoop(group: Group, point: Node): boolean {
    const reducing = is(point, "reduce");
    // The taps of a fold are an axis that no other reduction has.
    if (point.op === "fold" || (reducing && group.points[0]?.op === "fold")) return false;
    const current = group.domain;
    if (!current) {
      // Only elementwise results so far.
      const shape = (group.points[0] as Node).shape;
      if (!reducing)
        return equalShapes(point.shape, shape) && this.aligned(group, point, { shape, inner: [] });
      const domain = { shape, inner: point.arg.axes };
      if (!equalShapes((point.src[0] as Node).shape, shape) || !this.parallel(domain)) return false;
      if (!this.aligned(group, point, domain)) return false;
      group.domain = domain;
      return true;
    }
    if (reducing) {
      const domain = { shape: (point.src[0] as Node).shape, inner: point.arg.axes };
      return this.sameDomain(domain, current) && this.aligned(group, point, current);
    }
    const outer = current.shape.filter((_, i) => !current.inner.includes(i));
    const solid = (shape: readonly number[]) => shape.filter((d) => d !== 1);
    if (current.shape.length > 0 && equalShapes(point.shape, current.shape)) {
      return (
        (this.parallel(current) || equalShapes(solid(point.shape), solid(outer))) &&
        this.aligned(group, point, current)
      );
    }
    return equalShapes(solid(point.shape), solid(outer)) && this.aligned(group, point, current);
  }

  /** Enough rows to share out, or too little work to mind. */
  private parallel(domain: Domain): boolean {
    const total = sizeOf(domain.shape);
    const inner = domain.inner.reduce((n, a) => n * (domain.shape[a] as number), 1);
    return total <= 16384 || total / inner >= 8;
  }

  /** Whether the point reads every value of the group at the very place where the loops stand. */
  private aligned(group: Group, point: Node, domain: Domain): boolean {
    const members = new Set(group.points);
    let fits = true;
    const reader: Reader = new Reader({
      stored: (n) =>
        n !== point && (this.request.inputs.has(n) || (this.isPoint(n) && !members.has(n))),
      runtime: (n) => this.request.runtime.has(n),
      given: (n, at) => {
        if (!members.has(n)) return undefined;
        const expected = placeIn(n.shape, domain, place);
        if (!expected || !expected.every((e, i) => sameIndex(e, at[i] as Index))) fits = false;
        return reader.number(0, n.dtype);
      },
    });
    const place = domain.shape.map((d) => indexOf(reader.space.axis(d)));
    try {
      const at = is(point, "reduce") ? place : placeIn(point.shape, domain, place);
      if (!at) return false;
      reader.read(is(point, "reduce") ? (point.src[0] as Node) : point, at);
    } catch (error) {
      if (error instanceof SplitAxis) return false;
      throw error;
    }
    return fits;
  }

  /** Whether every element of the point is made from its own element of the contraction. */
  private fitsContract(group: Group, point: Node): boolean {
    if (is(point, "reduce") || point.op === "fold") return false;
    const contract = group.points[0] as Node;
    const first = group.points[1];
    if (first && !equalShapes(first.shape, point.shape)) return false;
    const members = new Set(group.points);
    const read = (result: Node): string | undefined =>
      readContract(
        contract,
        result,
        (n) => n !== result && (this.request.inputs.has(n) || (this.isPoint(n) && !members.has(n))),
        this.request.runtime,
      );
    const own = read(point);
    return own !== undefined && (!first || own === read(first));
  }
}

/** Indices of a result of `shape` in a domain: all of the domain's, or those not reduced. Axes of size 1 may come and go. */
export function placeIn(
  shape: readonly number[],
  domain: Domain,
  place: readonly Index[],
): Index[] | undefined {
  if (equalShapes(shape, domain.shape)) return [...place];
  const outer = domain.shape
    .map((_, i) => i)
    .filter((i) => !domain.inner.includes(i) && domain.shape[i] !== 1);
  const out: Index[] = [];
  let next = 0;
  for (const d of shape) {
    if (d === 1) out.push(zero);
    else {
      const i = outer[next++];
      if (i === undefined || domain.shape[i] !== d) return undefined;
      out.push(place[i] as Index);
    }
  }
  return next === outer.length ? out : undefined;
}

/**
 * How a point reads a contraction's result, as text: the indices in terms of the point's own axes.
 * Undefined unless each element of one belongs to one element of the other.
 */
function readContract(
  contract: Node,
  point: Node,
  stored: (n: Node) => boolean,
  runtime: ReadonlySet<Node>,
): string | undefined {
  if (sizeOf(contract.shape) !== sizeOf(point.shape)) return undefined;
  let extents = point.shape.map((d) => [d]);
  for (let attempt = 0; attempt < 8; attempt++) {
    let seen: string | undefined;
    let fits = true;
    const reader: Reader = new Reader({
      stored,
      runtime: (n) => runtime.has(n),
      given: (n, at) => {
        if (n !== contract) return undefined;
        if (!oneToOne(at, contract.shape)) fits = false;
        const text = at.map(keyOf).join();
        if (seen !== undefined && seen !== text) fits = false;
        seen = text;
        return reader.number(0, n.dtype);
      },
    });
    const axes = extents.map((parts) => parts.map((d) => reader.space.axis(d)));
    const at = axes.map((parts) => combine(parts));
    try {
      reader.read(point, at);
      return fits ? seen : undefined;
    } catch (error) {
      if (!(error instanceof SplitAxis)) throw error;
      extents = splitExtents(extents, axes, error);
    }
  }
  return undefined;
}

/** Mixed-radix sum of axes, the last running fastest. */
export function combine(parts: readonly Axis[]): Index {
  let out: Index = zero;
  let factor = 1;
  for (let i = parts.length - 1; i >= 0; i--) {
    const axis = parts[i] as Axis;
    if (axis.extent !== 1) out = { terms: [{ atom: axis, factor }, ...out.terms], constant: 0 };
    factor *= axis.extent;
  }
  return { terms: [...out.terms].sort((a, b) => a.atom.id - b.atom.id), constant: 0 };
}

/** The axes' extents with one of them cut in two. */
export function splitExtents(
  extents: readonly (readonly number[])[],
  axes: readonly (readonly Axis[])[],
  split: SplitAxis,
): number[][] {
  return extents.map((parts, i) =>
    parts.flatMap((d, j) => (axes[i]?.[j] === split.axis ? [d / split.inner, split.inner] : [d])),
  );
}

/** Whether indices into a shape are sums of distinct axes that together reach every element once. */
export function oneToOne(at: readonly Index[], shape: readonly number[]): boolean {
  const used = new Set<unknown>();
  return at.every((index, i) => {
    let expected = 1;
    for (const { atom, factor } of [...index.terms].sort((a, b) => a.factor - b.factor)) {
      if (atom.kind !== "axis" || used.has(atom) || factor !== expected) return false;
      used.add(atom);
      expected *= atom.extent;
    }
    return index.constant === 0 && expected === shape[i];
  });
}

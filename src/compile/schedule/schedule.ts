// Where one kernel ends and the next begins. Nodes that only move or combine elements are read in
// place by whoever needs them; the others (reductions, contractions, …) and the values that several
// kernels need are points. Each point joins the kernel of a value it uses when their loops agree,
// else it begins a kernel of its own.

import { is, type Node, sortNodes } from "../../ir/node.ts";
import { equalShapes, sizeOf } from "../../ir/shape.ts";
import { isAligned, viewOfContraction } from "./alignment.ts";
import {
  type Domain,
  domainOf,
  type Group,
  type GroupKind,
  isParallel,
  outerShape,
  reducedDomain,
  sameDomain,
} from "./group.ts";
import { isLeaf, Points, type ScheduleRequest } from "./points.ts";
import { mostWork } from "./price.ts";
import { chooseRoots } from "./roots.ts";

export interface Schedule {
  /** In an order in which each uses only earlier ones. */
  readonly groups: readonly Group[];
  readonly groupOf: ReadonlyMap<Node, Group>;
  /** Points whose values are stored in memory. */
  readonly stored: ReadonlySet<Node>;
}

/** Points that one kernel may have. */
const mostPoints = 24;
/** How many of the last kernels a point may join for the sake of what it reads. */
const horizon = 8;

export function makeSchedule(request: ScheduleRequest): Schedule {
  return new Scheduler(request).run();
}

class Scheduler {
  readonly #request: ScheduleRequest;
  readonly #order: readonly Node[];
  readonly #points: Points;
  readonly #groups: Group[] = [];
  readonly #groupOf = new Map<Node, Group>();

  constructor(request: ScheduleRequest) {
    this.#request = request;
    this.#order = sortNodes(request.outputs, (n) => isLeaf(request, n));
    this.#points = new Points(request, chooseRoots(request, this.#order));
  }

  run(): Schedule {
    for (const node of this.#order) if (this.#points.isPoint(node)) this.#assign(node);
    return { groups: this.#groups, groupOf: this.#groupOf, stored: this.#stored() };
  }

  #stored(): Set<Node> {
    const stored = new Set(this.#request.outputs.filter((n) => !this.#points.isLeaf(n)));
    for (const [node, group] of this.#groupOf) {
      if (group.kind === "scan" && node.op === "part") stored.add(node);
      for (const used of this.#points.usedBy(node))
        if (this.#groupOf.get(used) !== group) stored.add(used);
    }
    return stored;
  }

  // Groups

  #assign(point: Node): void {
    if (is(point, "part")) this.#add(this.#groupOf.get(point.src[0] as Node) as Group, point);
    else {
      const group = this.#groupFor(point) ?? this.#begin(point);
      this.#add(group, point);
    }
  }

  #begin(point: Node): Group {
    const kind = ownKind(point) ?? "loop";
    const domain = is(point, "reduce") ? reducedDomain(point) : undefined;
    const group: Group = { kind, points: [], domain, after: new Set() };
    this.#groups.push(group);
    return group;
  }

  #add(group: Group, point: Node): void {
    group.points.push(point);
    this.#groupOf.set(point, group);
    for (const used of this.#points.usedBy(point)) {
      const other = this.#groupOf.get(used) as Group;
      if (other !== group) group.after.add(other);
    }
  }

  /** The group a point may join: that of a value it uses, or one with its loops and what it reads. */
  #groupFor(point: Node): Group | undefined {
    if (ownKind(point) || !this.#request.fuse) return undefined;
    const using = new Set<Group>();
    for (const used of this.#points.usedBy(point)) using.add(this.#groupOf.get(used) as Group);
    const latest = this.#groups.filter((g) => using.has(g)).reverse();
    const joined = latest.find((g) => this.#admits(g, point));
    if (joined || point.op === "fold") return joined;
    const domain = is(point, "reduce") ? reducedDomain(point) : { shape: point.shape, inner: [] };
    return this.#groups
      .slice(-horizon)
      .reverse()
      .find(
        (g) =>
          g.kind === "loop" &&
          !using.has(g) &&
          sameDomain(domainOf(g), domain) &&
          this.#sharesReads(g, point, sizeOf(domain.shape)) &&
          this.#admits(g, point),
      );
  }

  /** Whether point and group read some tensor of the loops' size alike, or a reduction nothing so large. */
  #sharesReads(group: Group, point: Node, size: number): boolean {
    const mine = this.#points.largeReads(point, size);
    if (mine.size === 0) return point.op === "reduce";
    return group.points.some((p) => [...this.#points.largeReads(p, size)].some((x) => mine.has(x)));
  }

  #admits(group: Group, point: Node): boolean {
    if (group.kind !== "loop" && group.kind !== "contract") return false;
    if (group.points.length >= mostPoints) return false;
    const work = [...group.points, point].reduce((sum, p) => sum + this.#points.work(p), 0);
    if (work > mostWork) return false;
    for (const used of this.#points.usedBy(point)) {
      const other = this.#groupOf.get(used) as Group;
      if (other !== group && reaches(other, group)) return false;
    }
    if (group.kind === "contract") return this.#fitsContract(group, point);
    const domain = this.#commonDomain(group, point);
    if (!domain || !isAligned(point, new Set(group.points), domain, this.#points)) return false;
    if (is(point, "reduce")) group.domain = domain;
    return true;
  }

  /** The loops of a group once a point has joined; undefined where theirs do not agree. */
  #commonDomain(group: Group, point: Node): Domain | undefined {
    // The taps of a fold are an axis that no other reduction has.
    if (point.op === "fold" || (is(point, "reduce") && group.points[0]?.op === "fold"))
      return undefined;
    const domain = domainOf(group);
    if (is(point, "reduce")) {
      const own = reducedDomain(point);
      if (group.domain) return sameDomain(own, domain) ? domain : undefined;
      return equalShapes(own.shape, domain.shape) && isParallel(own) ? own : undefined;
    }
    const whole = equalShapes(point.shape, domain.shape);
    if (!group.domain) return whole ? domain : undefined;
    const isRow = equalShapes(solid(point.shape), solid(outerShape(domain)));
    const isWhole = whole && domain.shape.length > 0 && isParallel(domain);
    return isRow || isWhole ? domain : undefined;
  }

  /** Whether every element of the point is made from its own element of the contraction. */
  #fitsContract(group: Group, point: Node): boolean {
    if (is(point, "reduce") || point.op === "fold") return false;
    const [contract, first] = group.points as [Node, Node?];
    if (first && !equalShapes(first.shape, point.shape)) return false;
    const members = new Set(group.points);
    const own = viewOfContraction(contract, point, members, this.#points);
    if (own === undefined || !first) return own !== undefined;
    return own === viewOfContraction(contract, first, members, this.#points);
  }
}

const solid = (shape: readonly number[]): number[] => shape.filter((d) => d !== 1);

/** The kind of a point that begins a group whatever is around; undefined if it may join one. */
function ownKind({ op }: Node): GroupKind | undefined {
  const alone = ["contract", "scatter", "cumsum", "argsort", "scan"] as const;
  return alone.find((kind) => kind === op);
}

/** Whether `from` needs `to`, directly or not. */
function reaches(from: Group, to: Group): boolean {
  const seen = new Set<Group>([from]);
  for (const group of seen) {
    if (group === to) return true;
    for (const next of group.after) seen.add(next);
  }
  return false;
}

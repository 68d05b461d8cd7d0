// Loop kernels: everything but contractions. Outer axes give independent rows; reductions run along
// the inner axes, stage after stage, and what is elementwise happens on the way: one kernel for a
// softmax, a layer norm, a pooling, an optimiser's update. Lanes lie along whichever axis memory
// follows best, inner or outer.

import { bytesOf } from "../ir/dtype.ts";
import type { Atom, Kernel, Register, Variable } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import type { Target } from "../render/renderer.ts";
import { type Axis, dependsOn, factorOf, type Index } from "./affine.ts";
import { type BufferUse, KernelBuilder } from "./builder.ts";
import {
  conditionKey,
  Emission,
  identityOf,
  isLinear,
  type LaunchNumber,
  registerOf,
  registersOf,
} from "./emit.ts";
import type { Condition, Expression, Reduction } from "./expression.ts";
import { collectIndices, readsOf, walk } from "./expression-walk.ts";
import { lanesFor } from "./lanes.ts";
import { literal } from "./math.ts";

/** A result to write: `index` is where it stands in the node's own memory order. */
export interface Result {
  readonly node: Node;
  readonly value: Expression;
  readonly index: Index;
  /** Along the inner axes too, or once a row. */
  readonly full: boolean;
}

export interface LoopSpecification {
  readonly name: string;
  readonly outer: readonly Axis[];
  readonly inner: readonly Axis[];
  /** In an order in which each uses only earlier ones. */
  readonly reductions: readonly Reduction[];
  readonly results: readonly Result[];
  readonly reportCode: (operation: string) => number;
}

/** A kernel with its launch, sources not yet placed. */
export interface LoweredJob {
  readonly kernel: Kernel;
  readonly uses: readonly BufferUse<Node>[];
  readonly ints: readonly number[];
  readonly floats: readonly LaunchNumber[];
  readonly units: number;
  readonly scratch: number;
  readonly flops: number;
  readonly bytes: number;
  /** Where each source is read and each result written, to know what may share memory. */
  readonly reads: ReadonlyMap<Node, readonly Index[]>;
  readonly writes: ReadonlyMap<Node, Index>;
}

interface Loop {
  readonly axis: Axis;
  readonly extent: number;
}

const unrollLimit = 16;

export function lowerLoop(
  specification: LoopSpecification,
  target: Target,
): LoweredJob | undefined {
  return new LoopLowering(specification, target).lower();
}

class LoopLowering {
  private readonly spec: LoopSpecification;
  private readonly roots: Expression[];
  private readonly indices: Index[] = [];
  private readonly stores: Index[] = [];
  private readonly loads: Index[] = [];
  private readonly conditions = new Map<string, Condition>();
  private readonly types = new Set<Register>();
  private readonly dropped: Axis[] = [];
  private outer: Loop[];
  private inner: Loop[];
  private lane: Loop | undefined;
  /** Lanes hold 64 bits and nothing else, so that no lane can have an index of its own. */
  private readonly narrow: boolean;
  private segments: number[] | undefined;
  private readonly builder: KernelBuilder<Node, LaunchNumber>;
  private readonly emission: Emission;

  constructor(spec: LoopSpecification, target: Target) {
    this.spec = spec;
    this.roots = [...spec.reductions.map((r) => r.body), ...spec.results.map((r) => r.value)];
    this.collect();
    for (const r of spec.results) {
      this.stores.push(r.index);
      this.indices.push(r.index);
      this.types.add(registerOf(r.node.dtype));
    }
    this.outer = this.merge(spec.outer);
    this.inner = this.merge(spec.inner);
    const lanes = lanesFor(target, this.types);
    this.narrow = this.types.has("f64") && !target.mixedWidths;
    this.lane = lanes > 1 ? this.chooseLane(lanes) : undefined;
    this.builder = new KernelBuilder(this.lane ? lanes : 1);
    this.emission = new Emission(this.builder, { reportCode: spec.reportCode });
  }

  // What the kernel touches

  private collect(): void {
    this.indices.push(...collectIndices(...this.roots));
    walk(this.roots, (e) => {
      for (const type of registersOf(e)) this.types.add(type);
      if (e.kind === "load") this.loads.push(e.index);
      else if (e.kind === "guard")
        for (const c of e.conditions) this.conditions.set(conditionKey(c), c);
    });
  }

  /** Neighbouring axes that every index walks as one become one loop. */
  private merge(axes: readonly Axis[]): Loop[] {
    const loops: Loop[] = [];
    for (const axis of axes) {
      if (axis.extent === 1) {
        this.dropped.push(axis);
        continue;
      }
      const last = loops[loops.length - 1];
      if (
        last &&
        this.indices.every((i) => factorOf(i, last.axis) === factorOf(i, axis) * axis.extent)
      ) {
        this.dropped.push(last.axis);
        loops[loops.length - 1] = { axis, extent: last.extent * axis.extent };
      } else {
        loops.push({ axis, extent: axis.extent });
      }
    }
    return loops;
  }

  // Where the lanes lie

  private chooseLane(lanes: number): Loop | undefined {
    let best: Loop | undefined;
    let bestScore = -Infinity;
    for (const loop of [...this.outer, ...this.inner]) {
      // A lone loop keeps its vectors at any length, so that all lengths share one kernel.
      const alone = this.outer.length === 1 && this.inner.length === 0;
      if (loop.extent < lanes && !alone) continue;
      const segments = this.segmentsOf(loop);
      if (!segments) continue;
      if (this.narrow && this.indices.some((i) => !isLinear(i, loop.axis))) continue;
      const full = this.spec.results.some((r) => r.full);
      const inner = this.inner.includes(loop);
      // A result once a row cannot be written along an inner axis, so only loads count there.
      const stores = inner && !full ? [] : this.stores;
      if (stores.some((i) => dependsOn(i, loop.axis) && !isLinear(i, loop.axis))) continue;
      let score = 0;
      for (const i of this.loads) score += this.stepScore(i, loop.axis, 2, -1);
      for (const i of stores) score += this.stepScore(i, loop.axis, 3, -3);
      if (segments.length > 2) score -= 1;
      if (score >= bestScore) {
        bestScore = score;
        best = loop;
      }
    }
    if (best) {
      this.segments = this.segmentsOf(best);
      const last = (loops: Loop[]) =>
        loops.includes(best) ? [...loops.filter((l) => l !== best), best] : loops;
      this.outer = last(this.outer);
      this.inner = last(this.inner);
    }
    return best;
  }

  private stepScore(index: Index, axis: Axis, near: number, far: number): number {
    if (!isLinear(index, axis)) return -8;
    const factor = factorOf(index, axis);
    return factor === 1 ? near : factor === 0 ? 1 : far;
  }

  /** Where along a loop the outcome of its conditions changes; undefined if it cannot be told. */
  private segmentsOf(loop: Loop): number[] | undefined {
    const cuts = new Set([0, loop.extent]);
    for (const c of this.conditions.values()) {
      if (!dependsOn(c.index, loop.axis)) continue;
      if (
        c.multiple !== undefined ||
        c.index.terms.length !== 1 ||
        factorOf(c.index, loop.axis) !== 1
      )
        return undefined;
      cuts.add(Math.min(loop.extent, Math.max(0, -c.index.constant)));
      cuts.add(Math.min(loop.extent, Math.max(0, c.extent - c.index.constant)));
    }
    return [...cuts].sort((a, b) => a - b);
  }

  // Writing

  lower(): LoweredJob | undefined {
    const outerSize = this.outer.reduce((n, l) => n * l.extent, 1);
    const innerSize = this.inner.reduce((n, l) => n * l.extent, 1);
    if (outerSize === 0) return undefined;
    for (const axis of this.dropped) this.emission.place(axis, literal("index", 0));
    const rowCost =
      Math.max(1, innerSize) * this.roots.reduce((n, e) => n + Math.min(e.cost, 64), 0);
    const units = this.outerNest(outerSize, rowCost, () => this.point());
    const { kernel, scratchBytes } = this.builder.finish(this.spec.name);
    const flops =
      this.roots.reduce((n, e) => n + Math.min(e.cost, 1e6), 0) *
      outerSize *
      Math.max(1, innerSize);
    let bytes = 0;
    const seen = new Set<Node>();
    for (const { source } of this.builder.uses) {
      if (seen.has(source)) continue;
      seen.add(source);
      bytes +=
        Math.min(
          source.shape.reduce((n, d) => n * d, 1),
          outerSize * Math.max(1, innerSize),
        ) * bytesOf(source.dtype);
    }
    return {
      kernel,
      uses: this.builder.uses,
      ints: this.builder.ints,
      floats: this.builder.floats,
      units,
      scratch: scratchBytes,
      flops,
      bytes,
      reads: readsOf(this.roots),
      writes: new Map(this.spec.results.map((r) => [r.node, r.index])),
    };
  }

  /** The loops over outer axes, cut into units of work. Returns how many. */
  private outerNest(size: number, rowCost: number, body: () => void): number {
    const b = this.builder;
    const goal = 16384;
    const lane = this.lane && this.outer.includes(this.lane) ? this.lane : undefined;
    const rows = lane ? this.outer.slice(0, -1) : this.outer;
    if (rows.length === 0) {
      if (!lane) {
        body();
        return 1;
      }
      // One long axis: units are stretches of it.
      const chunk = Math.ceil(Math.max(1, goal / rowCost) / b.lanes) * b.lanes;
      const stop = b.int(lane.extent, "stop");
      const width = b.int(chunk, "chunk");
      const from = b.compute("mul", "index", b.unit, width);
      const to = b.compute("min", "index", b.compute("add", "index", from, width), stop);
      this.laneLoop(lane, from, to, body);
      return Math.ceil(lane.extent / chunk);
    }
    const inside = lane
      ? () => this.laneLoop(lane, literal("index", 0), b.int(lane.extent, "lanes"), body)
      : body;
    const flat = rows.length > 1 ? rows.slice(0, -1) : rows;
    const total = flat.reduce((n, l) => n * l.extent, 1);
    const perRow = (rowCost * size) / total;
    const chunk = Math.max(1, Math.min(total, Math.floor(goal / perRow)));
    const from = b.compute("mul", "index", b.unit, b.int(chunk, "chunk"));
    const to = b.compute(
      "min",
      "index",
      b.compute("add", "index", from, b.int(chunk, "chunk")),
      b.int(total, "stop"),
    );
    b.loop(from, to, literal("index", 1), (row) => {
      let rest: Atom = row;
      for (let i = flat.length - 1; i >= 0; i--) {
        const loop = flat[i] as Loop;
        if (i === 0) this.emission.place(loop.axis, rest);
        else {
          const extent = b.int(loop.extent, `x${loop.axis.id}`);
          this.emission.place(loop.axis, b.compute("mod", "index", rest, extent));
          rest = b.compute("div", "index", rest, extent);
        }
      }
      if (rows.length > 1) this.scalarLoop(rows[rows.length - 1] as Loop, inside);
      else inside();
    });
    return Math.ceil(total / chunk);
  }

  private scalarLoop(loop: Loop, body: () => void): void {
    this.builder.loop(
      literal("index", 0),
      this.builder.int(loop.extent, `x${loop.axis.id}`),
      literal("index", 1),
      (at) => {
        this.emission.place(loop.axis, at);
        body();
      },
    );
  }

  /** Vectors as far as they go, then one by one; each stretch between cuts on its own. */
  private laneLoop(loop: Loop, from: Atom, to: Atom, body: () => void): void {
    const b = this.builder;
    const cuts = this.segments as number[];
    const before = this.emission.assumed;
    for (let s = 0; s + 1 < cuts.length; s++) {
      const [low, high] = [cuts[s] as number, cuts[s + 1] as number];
      const assumed = new Map(before);
      for (const [key, c] of this.conditions) {
        if (!dependsOn(c.index, loop.axis)) continue;
        const at = low + c.index.constant;
        assumed.set(key, at >= 0 && at < c.extent);
      }
      this.emission.assumed = assumed;
      const single = cuts.length === 2;
      const start = single ? from : b.compute("max", "index", from, b.int(low, `cut${s}`));
      const stop = single ? to : b.compute("min", "index", to, b.int(high, `cut${s + 1}`));
      const span = b.compute("sub", "index", stop, start);
      const usable = b.compute("max", "index", span, literal("index", 0));
      const even = b.compute(
        "sub",
        "index",
        usable,
        b.compute("mod", "index", usable, literal("index", b.lanes)),
      );
      const middle = b.compute("add", "index", start, even);
      b.loop(start, middle, literal("index", b.lanes), (at) => {
        this.emission.lane = loop.axis;
        this.emission.place(loop.axis, at);
        body();
        this.emission.lane = undefined;
      });
      b.loop(middle, stop, literal("index", 1), (at) => {
        this.emission.place(loop.axis, at);
        body();
      });
    }
    this.emission.assumed = before;
  }

  /**
   * Whether the inner axis goes from one whole set of results to the next, as when the pieces of a
   * long sum are added up. How many there are goes with the sizes, so the text must not show it.
   */
  private addsWholes(): boolean {
    const [loop] = this.inner;
    if (!loop || this.inner.length > 1) return false;
    const whole = this.outer.reduce((n, l) => n * l.extent, 1);
    return this.loads.every((i) => {
      const factor = factorOf(i, loop.axis);
      return factor === 0 || factor >= whole;
    });
  }

  /** All loops over inner axes. */
  private innerNest(body: () => void): void {
    const b = this.builder;
    const size = this.inner.reduce((n, l) => n * l.extent, 1);
    const onLanes = this.lane !== undefined && this.inner.includes(this.lane);
    const nest = (at: number): void => {
      const loop = this.inner[at];
      if (!loop) body();
      else if (loop === this.lane)
        this.laneLoop(loop, literal("index", 0), b.int(loop.extent, `x${loop.axis.id}`), () =>
          nest(at + 1),
        );
      else if (size <= unrollLimit && this.lane && !onLanes && !this.addsWholes()) {
        for (let i = 0; i < loop.extent; i++) {
          b.turn(() => {
            this.emission.place(loop.axis, literal("index", i));
            nest(at + 1);
          });
        }
      } else this.scalarLoop(loop, () => nest(at + 1));
    };
    nest(0);
  }

  /** One row: reductions in stages, then the results. */
  private point(): void {
    const stages = stagesOf(this.spec.reductions);
    const full = this.spec.results.filter((r) => r.full);
    const passes = [...stages.map((stage) => stage.map((r) => r.body)), full.map((r) => r.value)];
    const cache = new RowCache(this.builder, this.emission, this.inner, this.lane, passes);
    stages.forEach((stage, i) => this.reduceStage(stage, i, cache));
    for (const r of this.spec.results)
      if (!r.full) this.emission.store(r.node, r.index, this.emission.value(r.value));
    if (full.length > 0) {
      this.innerNest(() => {
        cache.during(stages.length, () => {
          for (const r of full) this.emission.store(r.node, r.index, this.emission.value(r.value));
        });
      });
    }
    cache.end();
    for (const r of this.spec.reductions) this.emission.reduced.delete(r);
  }

  private reduceStage(stage: readonly Reduction[], at: number, cache: RowCache): void {
    const b = this.builder;
    const wide = (r: Reduction): boolean =>
      this.lane !== undefined && r.body.axes.has(this.lane.axis);
    const inLanes = this.emission.lane !== undefined;
    const along = this.lane !== undefined && this.inner.includes(this.lane);
    const accumulators = stage.map((r) => {
      const type = registerOf(r.dtype);
      const identity = literal(type, identityOf(r.kind, r.dtype));
      const vector =
        (along && this.inner.length > 0) || (inLanes && wide(r))
          ? b.variable(type, b.lanes, identity)
          : undefined;
      const scalar = !vector || along ? b.variable(type, 1, identity) : undefined;
      return { r, vector, scalar };
    });
    this.innerNest(() => {
      cache.during(at, () => {
        for (const { r, vector, scalar } of accumulators) {
          const value = this.emission.value(r.body);
          const to = (
            this.emission.lane !== undefined ? (vector ?? scalar) : (scalar ?? vector)
          ) as Variable;
          b.set(to, this.emission.combine(r.kind, r.dtype, to, value));
        }
      });
    });
    for (const { r, vector, scalar } of accumulators) {
      if (vector) b.settle(vector);
      if (scalar) b.settle(scalar);
      if (along && vector && scalar) {
        this.emission.reduced.set(
          r,
          this.emission.combine(
            r.kind,
            r.dtype,
            b.across(r.dtype === "bool" ? "max" : r.kind, vector),
            scalar,
          ),
        );
      } else this.emission.reduced.set(r, (vector ?? scalar) as Atom);
    }
  }
}

/** Reductions that need no other of their stage. */
function stagesOf(reductions: readonly Reduction[]): Reduction[][] {
  const level = new Map<Reduction, number>();
  const stages: Reduction[][] = [];
  for (const r of reductions) {
    let at = 0;
    for (const used of r.body.reductions) at = Math.max(at, (level.get(used) ?? -1) + 1);
    level.set(r, at);
    (stages[at] ??= []).push(r);
  }
  return stages;
}

/** Dear values that several passes over a row need are left in scratch memory by the first. */
class RowCache {
  private readonly first = new Map<Expression, number>();
  private readonly buffers = new Map<Expression, number>();
  private readonly builder: KernelBuilder<Node, LaunchNumber>;
  private readonly emission: Emission;
  private readonly loop: Loop | undefined;

  constructor(
    builder: KernelBuilder<Node, LaunchNumber>,
    emission: Emission,
    inner: readonly Loop[],
    lane: Loop | undefined,
    passes: readonly (readonly Expression[])[],
  ) {
    this.builder = builder;
    this.emission = emission;
    this.loop = inner.length === 1 && inner[0] === lane ? lane : undefined;
    if (!this.loop || this.loop.extent > 65536) return;
    const seen = new Map<Expression, Set<number>>();
    passes.forEach((roots, pass) => {
      const stack = [...roots];
      const visited = new Set<Expression>();
      for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
        if (visited.has(e) || !e.axes.has((this.loop as Loop).axis)) continue;
        visited.add(e);
        const at = seen.get(e) ?? new Set();
        seen.set(e, at.add(pass));
        if (e.kind === "operation") {
          // What a dear value is made of need not be kept as well.
          if (at.size > 1 && e.cost >= 10) continue;
          stack.push(...e.args);
        } else if (e.kind === "guard") stack.push(e.value);
      }
    });
    for (const [e, at] of seen) {
      if (e.kind !== "operation" || e.cost < 10 || at.size < 2) continue;
      this.first.set(e, Math.min(...at));
    }
  }

  during(pass: number, body: () => void): void {
    const loop = this.loop as Loop;
    for (const [e, first] of this.first) {
      if (first >= pass) continue;
      const buffer = this.buffers.get(e) as number;
      this.emission.cached.set(e, () => {
        const lanes = this.emission.lane ? this.builder.lanes : 1;
        return this.builder.load(
          registerOf(e.dtype),
          buffer,
          this.emission.index({ terms: [{ atom: loop.axis, factor: 1 }], constant: 0 }),
          { lanes, fresh: true },
        );
      });
    }
    for (const [e, first] of this.first) {
      if (first !== pass) continue;
      const memory = registerOf(e.dtype) === "bool" ? "bool" : e.dtype === "u8" ? "i32" : e.dtype;
      if (!this.buffers.has(e))
        this.buffers.set(e, this.builder.scratch(memory, loop.extent, bytesOf(memory)));
      const value = this.emission.value(e);
      const lanes = this.emission.lane ? this.builder.lanes : 1;
      this.builder.store(
        this.buffers.get(e) as number,
        this.emission.index({ terms: [{ atom: loop.axis, factor: 1 }], constant: 0 }),
        value,
        lanes,
      );
    }
    body();
    for (const e of this.first.keys()) this.emission.cached.delete(e);
  }

  end(): void {
    for (const e of this.first.keys()) this.emission.cached.delete(e);
  }
}

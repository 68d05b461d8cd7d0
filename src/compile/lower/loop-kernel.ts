// Loop kernels: everything but contractions. Outer axes give independent rows; reductions run along
// the inner axes, stage after stage, and what is elementwise happens on the way: one kernel for a
// softmax, a layer norm, a pooling, an optimiser's update.

import type { Atom, Variable } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { type Axis, dependsOn, type Index } from "../affine.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission, type ReportCode } from "../emission.ts";
import { type Condition, conditionKey, type Expression, type Reduction } from "../expression.ts";
import { collectIndices, costAlong, walk } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { identityOf, lanesFor, registerOf, registersOf } from "../registers.ts";
import { chooseLane, segmentsOf, type Touched } from "./lane-choice.ts";
import {
  axesOf,
  decode,
  extentOf,
  isLeading,
  type Loop,
  mergeAxes,
  scalarLoop,
  sizeOfLoops,
  vectorsAlong,
} from "./loops.ts";
import {
  bytesOfBuffers,
  finishJob,
  type Leading,
  type LoweredJob,
  type Result,
  writesOf,
} from "./lowered-job.ts";
import { type Prefetches, prefetchesOf } from "./prefetching.ts";
import { rowAhead } from "./row-ahead.ts";
import { RowCache } from "./row-cache.ts";

export interface LoopResult extends Result {
  /** Along the inner axes too, or once a row. */
  readonly full: boolean;
}

export interface LoopSpecification {
  readonly name: string;
  readonly outer: readonly Axis[];
  readonly inner: readonly Axis[];
  /** In an order in which each uses only earlier ones. */
  readonly reductions: readonly Reduction[];
  readonly results: readonly LoopResult[];
  readonly reportCode: ReportCode;
}

/** Instructions that a unit of work should have. */
export const unitCost = 16384;
/** Rows that are too few to be units of their own. */
const fewRows = 16;
/** What a root counts for at most: much of a dear one is shared with others. */
const mostCost = 64;
/** Turns of the inner loops up to which they are written out. */
const unrollLimit = 16;
/** Beside a loop of lanes among them: of each, and of all that are. */
const longestTap = 3;
const tapLimit = 9;
/** Instructions of a turn up to which it waits for the sum so far more than for its value. */
export const quickTurn = 8;
/** Sums of quick turns that go side by side. */
export const sideBySide = 4;

/** The kernel of some loops; undefined where there is nothing to do. */
export function lowerLoop(spec: LoopSpecification, target: Target): LoweredJob | undefined {
  return new LoopKernel(spec, target).lower();
}

class LoopKernel {
  readonly #spec: LoopSpecification;
  readonly #roots: readonly Expression[];
  readonly #touched: Touched;
  readonly #outer: readonly Loop[];
  readonly #inner: readonly Loop[];
  /** Inner loops whose turns are written out, within all others. */
  readonly #written: readonly Loop[];
  readonly #lane: Loop | undefined;
  readonly #builder: KernelBuilder;
  readonly #emission: Emission;
  readonly #without: Target["without"];
  readonly #askAhead: ReturnType<Prefetches["nest"]>;
  #leading: Leading | undefined;

  constructor(spec: LoopSpecification, target: Target) {
    this.#spec = spec;
    this.#without = target.without;
    this.#roots = [...spec.reductions.map((r) => r.body), ...spec.results.map((r) => r.value)];
    const touched = touchedBy(this.#roots, spec.results);
    this.#touched = touched;
    const types = registersOf(this.#roots);
    for (const r of spec.results) types.add(registerOf(r.node.dtype));
    const lanes = lanesFor(target, types);
    const outer = mergeAxes(spec.outer, touched.indices);
    const inner = mergeAxes(spec.inner, touched.indices);
    this.#lane =
      lanes > 1
        ? chooseLane({
            lanes,
            outer: outer.loops,
            inner: inner.loops,
            touched,
            writesInner: spec.results.some((r) => r.full),
            wideOnly: types.has("f64") && !target.mixedWidths,
          })
        : undefined;
    this.#outer = laneLast(outer.loops, this.#lane);
    this.#written = this.#writtenOut(inner.loops);
    const rolled = inner.loops.filter((l) => !this.#written.includes(l));
    this.#inner = [...laneLast(rolled, this.#lane), ...this.#written];
    this.#askAhead = prefetchesOf(target)?.nest({
      roots: this.#roots,
      results: spec.results,
      inner: this.#inner.slice(0, this.#inner.length - this.#written.length),
      all: [...this.#outer, ...this.#inner],
      indices: touched.indices,
    });
    this.#builder = new KernelBuilder(this.#lane ? lanes : 1);
    this.#emission = new Emission(this.#builder, spec.reportCode);
    for (const axis of [...outer.still, ...inner.still]) this.#emission.place(axis, 0);
  }

  lower(): LoweredJob | undefined {
    const rows = sizeOfLoops(this.#outer);
    const turns = Math.max(1, sizeOfLoops(this.#inner));
    if (rows === 0) return undefined;
    const cost = turns * this.#roots.reduce((n, e) => n + Math.min(e.cost, mostCost), 0);
    const units = this.#outerNest(rows, cost, () => this.#row());
    return finishJob(this.#builder, {
      name: this.#spec.name,
      units,
      bytes: bytesOfBuffers(this.#builder, rows * turns),
      roots: this.#roots,
      writes: writesOf(this.#spec.results),
      leading: this.#leading,
    });
  }

  // Rows

  /** The loops over outer axes, cut into units of work. Returns how many. */
  #outerNest(size: number, rowCost: number, body: () => void): number {
    const lane = this.#lane && this.#outer.includes(this.#lane) ? this.#lane : undefined;
    const rows = lane ? this.#outer.slice(0, -1) : this.#outer;
    if (rows.length === 0 && lane) return this.#stretches(lane, rowCost, body);
    if (rows.length === 0) {
      body();
      return 1;
    }
    const b = this.#builder;
    const inside = lane
      ? () => this.#laneLoop(lane, [literal("index", 0), b.int(lane.extent, "lanes")], body)
      : body;
    // The last axis of several is a loop of its own, if the others give enough to share out: reading
    // its place from a counter takes divisions. A row of vectors is work enough beside them.
    const before = rows.slice(0, -1);
    const isLong = this.#lane !== undefined && this.#inner.includes(this.#lane);
    const few = sizeOfLoops(before) < fewRows && !before.some((loop) => this.#isLeading(loop));
    const counted = isLong || few ? rows : before;
    const total = sizeOfLoops(counted);
    const cost = (rowCost * size) / total;
    const each = Math.max(1, Math.min(total, Math.floor(unitCost / cost)));
    const chunk = b.int(each, "chunk");
    const axes = axesOf(counted, this.#spec.outer);
    this.#leading = axes && { axes, each: { argument: chunk.at } };
    const from = b.index.mul(b.unit, chunk);
    const to = b.index.min(b.index.add(from, chunk), b.int(total, "stop"));
    b.loop(from, to, 1, (row) => {
      decode(this.#emission, counted, row);
      if (counted === before) scalarLoop(this.#emission, rows[rows.length - 1] as Loop, inside);
      else inside();
    });
    return Math.ceil(total / each);
  }

  /** One long axis: units are stretches of it. */
  #stretches(lane: Loop, rowCost: number, body: () => void): number {
    const b = this.#builder;
    const each = Math.ceil(Math.max(1, unitCost / rowCost) / b.lanes) * b.lanes;
    const stop = b.int(lane.extent, "stop");
    const chunk = b.int(each, "chunk");
    const from = b.index.mul(b.unit, chunk);
    const to = b.index.min(b.index.add(from, chunk), stop);
    this.#laneLoop(lane, [from, to], body);
    return Math.ceil(lane.extent / each);
  }

  /** In vectors; each stretch between cuts on its own. */
  #laneLoop(
    loop: Loop,
    [from, to]: readonly [Atom, Atom],
    body: (way: number) => void,
    ways = 1,
  ): void {
    const b = this.#builder;
    const { max, min } = b.index;
    const cuts = segmentsOf(loop, this.#touched.conditions) as number[];
    const before = this.#emission.assumed;
    for (let s = 0; s + 1 < cuts.length; s++) {
      const [low, high] = [cuts[s] as number, cuts[s + 1] as number];
      const whole = cuts.length === 2;
      this.#emission.assumed = new Map([...before, ...this.#outcomesAt(loop, low)]);
      const start = whole ? from : max(from, b.int(low, `cut${s}`));
      const stop = whole ? to : min(to, b.int(high, `cut${s + 1}`));
      vectorsAlong(this.#emission, loop.axis, [start, stop], (_, way) => body(way), ways);
    }
    this.#emission.assumed = before;
  }

  /** What the conditions along a loop come to where it stands at `at`, and up to the next cut. */
  #outcomesAt(loop: Loop, at: number): [string, boolean][] {
    return this.#touched.conditions
      .filter((c) => dependsOn(c.index, loop.axis))
      .map((c) => {
        const index = at + c.index.constant;
        return [conditionKey(c), index >= 0 && index < c.extent];
      });
  }

  /** One row: reductions in stages, then or meanwhile the results. */
  #row(): void {
    const { results, reductions } = this.#spec;
    const stages = stagesOf(reductions);
    const full = results.filter((r) => r.full);
    const once = results.filter((r) => !r.full);
    // What needs no reduction is stored as it goes by.
    const alongside = stages.length === 1 && full.every((r) => r.value.reductions.size === 0);
    const last = alongside ? 0 : stages.length;
    const passes = stages.map((stage) => stage.map((r) => r.body));
    passes[last] = [...(passes[last] ?? []), ...full.map((r) => r.value)];
    const [only, another] = this.#inner;
    const alone = only && only === this.#lane && !another;
    const row = alone && !this.#isLeading(only) ? only : undefined;
    const rowUnless = (optimization: "keptRows" | "prefetch"): Loop | undefined =>
      this.#without.has(optimization) ? undefined : row;
    const cache = new RowCache(this.#emission, rowUnless("keptRows"), passes);
    const far = this.#outer[this.#outer.length - 1];
    const ahead = rowAhead(this.#emission, far, rowUnless("prefetch"), passes[0] ?? []);
    const during = (pass: number, body: () => void): void =>
      cache.during(pass, () => {
        body();
        // In the second pass: the first waits for memory itself.
        if (pass === 1) ahead?.();
      });
    for (const [i, stage] of stages.entries()) {
      this.#reduceStage(stage, (body) =>
        during(i, () => {
          body();
          if (i === last) this.#emission.storeAll(full);
        }),
      );
    }
    if (full.length > 0 && !alongside) {
      for (const r of once) this.#emission.value(r.value);
      this.#innerNest(() => during(last, () => this.#emission.storeAll(full)));
    }
    this.#emission.storeAll(once);
    for (const r of reductions) this.#emission.reduced.delete(r);
  }

  // Along a row

  /** All loops over inner axes, the innermost several ways at once. */
  #innerNest(body: (way: number) => void, ways = 1): void {
    const b = this.#builder;
    const nestWritten = (at: number, way: number): void => {
      const loop = this.#inner[at];
      if (!loop) {
        body(way);
        return;
      }
      for (let i = 0; i < loop.extent; i++) {
        b.turn(() => {
          this.#emission.place(loop.axis, i);
          nestWritten(at + 1, way);
        });
      }
    };
    const rolled = this.#inner.length - this.#written.length;
    const nest = (at: number, way = 0): void => {
      const loop = this.#inner[at];
      const inside = (next = way): void => nest(at + 1, next);
      const here = at === rolled - 1 ? ways : 1;
      if (!loop || at === rolled) {
        this.#askAhead?.(this.#emission, this.#written);
        this.#emission.storesLast(() => nestWritten(at, way));
      } else if (loop === this.#lane)
        this.#laneLoop(loop, [literal("index", 0), extentOf(b, loop)], inside, here);
      else scalarLoop(this.#emission, loop, inside, here);
    };
    nest(0);
  }

  /**
   * The inner loops whose turns are written out, if they are few: all, where the lanes lie along an
   * outer one; else the last short ones beside the loop of lanes, the taps of a window, whose elements
   * lie between those of a vector and need the same of other operands.
   */
  #writtenOut(inner: readonly Loop[]): readonly Loop[] {
    const lane = this.#lane;
    if (!lane) return [];
    const all = [...this.#outer, ...inner];
    const isShort = (loop: Loop, limit: number): boolean =>
      loop.extent <= limit && !isLeading(loop, all, this.#touched.indices);
    if (!inner.includes(lane)) {
      const short = inner.every((loop) => isShort(loop, unrollLimit));
      return short && sizeOfLoops(inner) <= unrollLimit ? inner : [];
    }
    const taps = inner.filter((loop) => loop !== lane && isShort(loop, longestTap));
    while (sizeOfLoops(taps) > tapLimit) taps.shift();
    return taps;
  }

  /** How many sums of a stage go side by side. */
  #waysOf(stage: readonly Reduction[]): number {
    const innermost = this.#inner[this.#inner.length - this.#written.length - 1];
    const cuts = innermost && segmentsOf(innermost, this.#touched.conditions);
    const bodies = stage.map((r) => r.body);
    const cost = costAlong(bodies, this.#spec.inner) * sizeOfLoops(this.#written);
    return cost <= quickTurn && cuts?.length === 2 ? sideBySide : 1;
  }

  #isLeading(loop: Loop): boolean {
    return isLeading(loop, [...this.#outer, ...this.#inner], this.#touched.indices);
  }

  /** Reductions that run side by side; along the lanes, each lane sums its own part first. */
  #reduceStage(stage: readonly Reduction[], during: (body: () => void) => void): void {
    const emission = this.#emission;
    const lane = this.#lane;
    const alongLane = lane !== undefined && this.#inner.includes(lane);
    const ways = this.#waysOf(stage);
    const accumulators = stage.map((r) => ({
      r,
      sums: Array.from({ length: ways }, () => this.#accumulator(r, alongLane)),
    }));
    this.#innerNest((way) => {
      during(() => {
        for (const { r, sums } of accumulators) {
          const to = sums[way] as Variable;
          if (alongLane) emission.accumulateAlong(r, to);
          else emission.accumulate(r, to);
        }
      });
    }, ways);
    for (const { r, sums } of accumulators) {
      for (const sum of sums) this.#builder.settle(sum);
      const total = pairwise(sums, (a, b) => emission.combine(r.kind, r.dtype, a, b));
      const op = r.dtype === "bool" ? "max" : r.kind;
      emission.reduced.set(r, alongLane ? this.#builder.across(op, total as Variable) : total);
    }
  }

  #accumulator(r: Reduction, alongLane: boolean): Variable {
    const b = this.#builder;
    const type = registerOf(r.dtype);
    const wide = alongLane || (this.#emission.lane && r.body.axes.has(this.#emission.lane));
    return b.variable(type, wide ? b.lanes : 1, literal(type, identityOf(r.kind, r.dtype)));
  }
}

/** Neighbours combined, then neighbours of these, until one is left. */
export function pairwise(atoms: readonly Atom[], combine: (a: Atom, b: Atom) => Atom): Atom {
  if (atoms.length === 1) return atoms[0] as Atom;
  const pairs: Atom[] = [];
  for (let i = 0; i < atoms.length; i += 2)
    pairs.push(combine(atoms[i] as Atom, atoms[i + 1] as Atom));
  return pairwise(pairs, combine);
}

/** The lane's loop runs fastest. */
const laneLast = (loops: readonly Loop[], lane: Loop | undefined): readonly Loop[] =>
  lane && loops.includes(lane) ? [...loops.filter((l) => l !== lane), lane] : loops;

function touchedBy(roots: readonly Expression[], results: readonly Result[]): Touched {
  const stores = results.map((r) => r.index);
  const loads: Index[] = [];
  const conditions = new Map<string, Condition>();
  walk(roots, (e) => {
    if (e.kind === "load") loads.push(e.index);
    else if (e.kind === "guard") for (const c of e.conditions) conditions.set(conditionKey(c), c);
  });
  return {
    loads,
    stores,
    indices: [...collectIndices(...roots), ...stores],
    conditions: [...conditions.values()],
  };
}

/** Reductions that need no other of their stage. */
function stagesOf(reductions: readonly Reduction[]): Reduction[][] {
  const stageOf = new Map<Reduction, number>();
  const stages: Reduction[][] = [];
  for (const r of reductions) {
    let at = 0;
    for (const used of r.body.reductions) at = Math.max(at, (stageOf.get(used) ?? -1) + 1);
    stageOf.set(r, at);
    stages[at] = [...(stages[at] ?? []), r];
  }
  return stages;
}

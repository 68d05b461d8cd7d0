// Sums down columns: a vector times a matrix, a bias's gradient. Memory runs across the columns, so
// it is read as it lies, a block of columns wide and a few terms at a time:
//
//   for every few terms k:
//     for each vector of columns of the block: sums += terms k, k + 1, …
//
// The sums of a block stay in the nearest cache. Each is taken term after term, so no bit depends on
// how columns are shared out. What is stored of every term, and not of the sums alone, goes along.
// Loops that are short, gather, or are guarded along terms or columns belong to loop-kernel.ts.

import type { Atom, Variable } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { factorOf, type Index, isLinear } from "../affine.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import type { Reduction } from "../expression.ts";
import { collectIndices, isGuardedAlong } from "../expression-walk.ts";
import { literal } from "../math.ts";
import { identityOf, lanesFor, registerOf, registersOf } from "../registers.ts";
import type { LoopResult, LoopSpecification } from "./loop-kernel.ts";
import {
  decode,
  extentOf,
  isLeading,
  type Loop,
  mergeAxes,
  scalarLoop,
  sizeOfLoops,
  vectorsAlong,
} from "./loops.ts";
import { bytesOfBuffers, finishJob, type LoweredJob, writesOf } from "./lowered-job.ts";

/** Terms that are read side by side. */
const termsEach = 8;
/** Terms from which this pays; fewer are written out elsewhere. */
const fewTerms = 16;
/** Columns of a unit, in vectors: at least, at most, and where threads would else have none. */
const leastVectors = 32;
const mostVectors = 128;
const fewVectors = 4;
/** Elementwise work that a unit should have. */
const unitCost = 2 ** 17;
/** How much longer than an even share the longest of a thread may be. */
const mostUneven = 1.25;
/** Threads where their number is not known. */
const someThreads = 2;

interface Columns {
  readonly types: ReadonlySet<ReturnType<typeof registerOf>>;
  readonly still: LoopSpecification["outer"];
  /** The loop along the columns, the other outer ones, and those of the sum. */
  readonly lane: Loop;
  readonly rows: readonly Loop[];
  readonly inner: readonly Loop[];
}

/** The kernel, if the loops are sums down columns. */
export function lowerColumnSums(spec: LoopSpecification, target: Target): LoweredJob | undefined {
  const columns = columnsOf(spec, target);
  return columns && new ColumnSums(spec, columns, target).lower();
}

function columnsOf(spec: LoopSpecification, target: Target): Columns | undefined {
  const { reductions, results } = spec;
  if (reductions.length === 0) return undefined;
  if (results.some((r) => r.full && r.value.reductions.size > 0)) return undefined;
  if (reductions.some((r) => r.dtype === "bool" || r.body.reductions.size > 0)) return undefined;
  const bodies = reductions.map((r) => r.body);
  const roots = [...bodies, ...results.map((r) => r.value)];
  const stores = results.map((r) => r.index);
  const indices: readonly Index[] = [...collectIndices(...roots), ...stores];
  const outer = mergeAxes(spec.outer, indices);
  const inner = mergeAxes(spec.inner, indices);
  const last = inner.loops[inner.loops.length - 1];
  if (!last || spec.inner.some((axis) => isGuardedAlong(roots, axis))) return undefined;
  const loops = [...outer.loops, ...inner.loops];
  const isShort = (loop: Loop, least: number): boolean =>
    loop.extent <= least && !isLeading(loop, loops, indices);
  const types = registersOf(roots);
  for (const r of results) types.add(registerOf(r.node.dtype));
  const lanes = lanesFor(target, types);
  if (lanes === 1 || inner.loops.every((loop) => isShort(loop, fewTerms))) return undefined;
  const reads = collectIndices(...bodies);
  const lane = outer.loops.find(
    (loop) =>
      !isShort(loop, lanes / 4) &&
      !isGuardedAlong(roots, loop.axis) &&
      indices.every((i) => isLinear(i, loop.axis)) &&
      stores.every((i) => factorOf(i, loop.axis) === 1) &&
      bodies.every((body) => body.axes.has(loop.axis)) &&
      reads.every((i) => Math.abs(factorOf(i, loop.axis)) <= 1) &&
      reads.some((i) => factorOf(i, loop.axis) === 1 && factorOf(i, last.axis) !== 0),
  );
  if (!lane) return undefined;
  const rows = outer.loops.filter((loop) => loop !== lane);
  return { types, still: [...outer.still, ...inner.still], lane, rows, inner: inner.loops };
}

/** A sum, and where its block of columns lies. */
interface Sum {
  readonly reduction: Reduction;
  readonly buffer: number;
}

class ColumnSums {
  readonly #spec: LoopSpecification;
  readonly #columns: Columns;
  readonly #emission: Emission;
  readonly #columnsEach: number;
  readonly #cost: number;
  readonly #sums: readonly Sum[];
  /** Stored once a column, and of every term. */
  readonly #once: readonly LoopResult[];
  readonly #full: readonly LoopResult[];
  /** The unit's columns. */
  readonly #block: readonly [from: Atom, to: Atom];
  readonly #blocks: number;

  constructor(spec: LoopSpecification, columns: Columns, target: Target) {
    const lanes = lanesFor(target, columns.types);
    const b = new KernelBuilder(lanes);
    this.#spec = spec;
    this.#columns = columns;
    this.#once = spec.results.filter((r) => !r.full);
    this.#full = spec.results.filter((r) => r.full);
    this.#emission = new Emission(b, spec.reportCode);
    for (const axis of columns.still) this.#emission.place(axis, 0);
    this.#cost =
      sizeOfLoops(columns.inner) *
      spec.reductions.reduce((n, r) => n + Math.min(r.body.cost, 64), 1);
    const { extent } = columns.lane;
    this.#columnsEach = this.#vectorsEach(lanes, target) * lanes;
    this.#blocks = Math.ceil(extent / this.#columnsEach);
    this.#sums = spec.reductions.map((reduction) => {
      const memory = registerOf(reduction.dtype) as Reduction["dtype"];
      return { reduction, buffer: b.scratch(memory, this.#columnsEach) };
    });
    const { mul, mod, add, min } = b.index;
    const each = b.int(this.#columnsEach, "columnsEach");
    const from = mul(mod(b.unit, b.int(this.#blocks, "blocks")), each);
    this.#block = [from, min(add(from, each), b.int(extent, "columns"))];
  }

  /**
   * Vectors of a unit: what long runs of memory and its work ask for, but of few columns each thread
   * has its share, if that is worth a thread's while.
   */
  #vectorsEach(lanes: number, { threads = someThreads }: Target): number {
    const { lane, rows } = this.#columns;
    const wanted = Math.ceil(unitCost / Math.max(1, this.#cost) / lanes);
    const long = Math.min(mostVectors, Math.max(leastVectors, wanted));
    const least = Math.min(long, Math.max(fewVectors, wanted));
    const vectors = Math.ceil(lane.extent / lanes);
    for (let blocks = Math.ceil(vectors / long); ; blocks++) {
      const each = Math.ceil(vectors / blocks);
      if (each <= least) return least;
      const units = sizeOfLoops(rows) * blocks;
      if (Math.ceil(units / threads) * threads <= mostUneven * units) return each;
    }
  }

  lower(): LoweredJob | undefined {
    const b = this.#emission.builder;
    const { rows, lane } = this.#columns;
    const count = sizeOfLoops(rows);
    if (count * lane.extent === 0) return undefined;
    const width = Math.min(lane.extent, this.#columnsEach);
    const rowCost = Math.max(1, this.#cost * width);
    const each = Math.max(1, Math.min(count, Math.floor(unitCost / rowCost)));
    const { mul, div, min, add } = b.index;
    const chunk = b.int(each, "rowsEach");
    const from = mul(div(b.unit, b.int(this.#blocks, "blocks")), chunk);
    b.loop(from, min(add(from, chunk), b.int(count, "rows")), 1, (row) => {
      decode(this.#emission, rows, row);
      this.#row();
    });
    return finishJob(b, {
      name: this.#spec.name,
      units: this.#blocks * Math.ceil(count / each),
      flops: this.#cost * count * lane.extent,
      bytes: bytesOfBuffers(b, count * lane.extent * Math.max(1, sizeOfLoops(this.#columns.inner))),
      roots: [
        ...this.#spec.reductions.map((r) => r.body),
        ...this.#spec.results.map((r) => r.value),
      ],
      writes: writesOf(this.#spec.results),
    });
  }

  #row(): void {
    const emission = this.#emission;
    const sums = this.#sums;
    const b = emission.builder;
    this.#alongBlock((place) => {
      for (const { reduction, buffer } of sums) {
        const type = registerOf(reduction.dtype);
        const start = literal(type, identityOf(reduction.kind, reduction.dtype));
        b.store(buffer, place, start, b.lanes);
      }
    });
    this.#terms(0);
    this.#alongBlock((place) => {
      for (const { reduction, buffer } of sums)
        emission.reduced.set(reduction, this.#read(reduction, buffer, place));
      emission.storeAll(this.#once);
    });
    for (const { reduction } of sums) emission.reduced.delete(reduction);
  }

  /** Every vector of the block; `body` gets where its sums lie. */
  #alongBlock(body: (place: Atom) => void): void {
    const { axis } = this.#columns.lane;
    vectorsAlong(this.#emission, axis, this.#block, (at) => {
      this.#emission.place(axis, at);
      body(this.#emission.builder.index.sub(at, this.#block[0]));
    });
  }

  #read(reduction: Reduction, buffer: number, place: Atom): Atom {
    const b = this.#emission.builder;
    return b.load(registerOf(reduction.dtype), buffer, place, { lanes: b.lanes, fresh: true });
  }

  /** The loops of the sum from the `at`-th on; the last goes several terms at a time. */
  #terms(at: number): void {
    const b = this.#emission.builder;
    const { inner } = this.#columns;
    const loop = inner[at] as Loop;
    if (at + 1 < inner.length) {
      scalarLoop(this.#emission, loop, () => this.#terms(at + 1));
      return;
    }
    const extent = extentOf(b, loop);
    const whole = b.index.sub(extent, b.index.mod(extent, termsEach));
    b.loop(0, whole, termsEach, (k) => this.#addTerms(loop, k, termsEach));
    b.loop(whole, extent, 1, (k) => this.#addTerms(loop, k, 1));
  }

  #addTerms(loop: Loop, from: Atom, count: number): void {
    const emission = this.#emission;
    const b = emission.builder;
    this.#alongBlock((place) => {
      const sums = this.#sums.map(({ reduction, buffer }) => {
        const before = this.#read(reduction, buffer, place);
        return b.variable(registerOf(reduction.dtype), b.lanes, before);
      });
      const addTerm = (at: Atom): void => {
        emission.place(loop.axis, at);
        this.#sums.forEach(({ reduction }, i) => {
          emission.accumulate(reduction, sums[i] as Variable);
        });
        emission.storeAll(this.#full);
      };
      // Of the block's last columns there is a vector at most: for that a loop is enough.
      if (count > 1 && emission.count) b.loop(from, b.index.add(from, count), 1, addTerm);
      else {
        for (let term = 0; term < count; term++) {
          b.turn(() => addTerm(b.index.add(from, term)));
        }
      }
      this.#sums.forEach(({ buffer }, i) => {
        const sum = sums[i] as Variable;
        b.settle(sum);
        b.store(buffer, place, sum, b.lanes);
      });
    });
  }
}

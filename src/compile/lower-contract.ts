// Contractions: a packed, register-tiled matrix product over any views, with what follows it
// elementwise done on each tile while it is in cache.
//
//   pack:     the broadcast side, once, as panels of `rows` rows: [batch, panel, k, row]
//   multiply: a unit takes a block of columns, copies it into scratch as [k, column], and walks the
//             panels; a tile of rows × columns lives in registers while k runs
//
// The order in which k is summed depends on the shape alone. Convolution is the same with a window
// view as the column side: columns are then cut by whole rows of the image, so copies are runs.

import { bytesOf } from "../ir/dtype.ts";
import type { Atom, Register, Variable } from "../ir/kernel.ts";
import { makeNode, type Node } from "../ir/node.ts";
import type { Target } from "../render/renderer.ts";
import { type Axis, dependsOn, factorOf, type Index, type IndexSpace } from "./affine.ts";
import { KernelBuilder } from "./builder.ts";
import { Emission, isLinear, type LaunchNumber, registerOf, registersOf } from "./emit.ts";
import type { Expression } from "./expression.ts";
import { collectIndices, readsOf, walk } from "./expression-walk.ts";
import { lanesFor } from "./lanes.ts";
import type { LoweredJob } from "./lower-loop.ts";
import { literal } from "./math.ts";

export interface ContractSpecification {
  readonly name: string;
  readonly node: Node;
  /** Elements of the operands as functions of the axes. */
  readonly a: Expression;
  readonly b: Expression;
  /** Axes of both operands and the result; of one operand and the result; of both and not the result. */
  readonly batch: readonly Axis[];
  readonly freeA: readonly Axis[];
  readonly freeB: readonly Axis[];
  readonly summed: readonly Axis[];
  /** Results, in terms of the contraction's own value as a `given` expression. */
  readonly results: readonly {
    readonly node: Node;
    readonly value: Expression;
    readonly index: Index;
  }[];
  readonly space: IndexSpace;
  readonly reportCode: (operation: string) => number;
}

interface Loop {
  readonly axis: Axis;
  readonly extent: number;
}

const sizeOf = (loops: readonly Loop[]): number => loops.reduce((n, l) => n * l.extent, 1);
const one = literal("index", 1);
const none = literal("index", 0);

/** Tile heights; the smallest that covers a small matrix is taken. */
function tileRows(target: Target, rows: number): number {
  const most = target.vectorRegisters >= 32 ? 14 : target.fma ? 6 : 4;
  if (rows <= 2) return 2;
  if (rows <= 4) return Math.min(4, most);
  if (rows <= 8) return Math.min(8, most);
  return most;
}

export function lowerContract(
  spec: ContractSpecification,
  target: Target,
): { jobs: LoweredJob[]; temporary: Node } {
  return new ContractLowering(spec, target).lower();
}

class ContractLowering {
  private readonly spec: ContractSpecification;
  private readonly target: Target;
  private readonly type: Register;
  private readonly lanes: number;
  private readonly rowSide: Expression;
  private readonly columnSide: Expression;
  private readonly batch: Loop[];
  private readonly rows: Loop[];
  /** Column axes that choose another matrix, as batch does. */
  private readonly outerColumns: Loop[];
  private readonly columns: Loop[];
  private readonly summed: Loop[];
  private readonly dropped: Axis[] = [];
  private readonly tile: { readonly rows: number; readonly vectors: number };
  private readonly temporary: Node;
  private readonly epilogue: Index[];

  constructor(spec: ContractSpecification, target: Target) {
    this.spec = spec;
    this.target = target;
    this.type = registerOf(spec.node.dtype);
    this.lanes = Math.max(1, lanesFor(target, [this.type]));
    this.epilogue = [
      ...spec.results.flatMap((r) => collectIndices(r.value)),
      ...spec.results.map((r) => r.index),
    ];
    const swap = this.columnScore(spec.a, spec.freeA) > this.columnScore(spec.b, spec.freeB);
    const [rowAxes, columnAxes] = swap ? [spec.freeB, spec.freeA] : [spec.freeA, spec.freeB];
    [this.rowSide, this.columnSide] = swap ? [spec.b, spec.a] : [spec.a, spec.b];
    const [rowIndices, columnIndices] = [
      collectIndices(this.rowSide),
      collectIndices(this.columnSide),
    ];
    this.batch = this.merge(spec.batch, [...rowIndices, ...columnIndices, ...this.epilogue]);
    this.rows = this.merge(rowAxes, [...rowIndices, ...this.epilogue]);
    const columns = this.merge(this.lastFirst(columnAxes), [...columnIndices, ...this.epilogue]);
    const inside = this.innerColumns(columns);
    this.outerColumns = columns.slice(0, columns.length - inside);
    this.columns = columns.slice(columns.length - inside);
    this.summed = this.merge(spec.summed, [...rowIndices, ...columnIndices]);
    this.tile = {
      rows: tileRows(target, sizeOf(this.rows)),
      vectors: sizeOf(this.columns) <= this.lanes ? 1 : 2,
    };
    const panels = Math.ceil(sizeOf(this.rows) / this.tile.rows);
    this.temporary = makeNode(
      "buffer",
      [],
      null,
      [sizeOf(this.batch) * panels * sizeOf(this.summed) * this.tile.rows],
      spec.node.dtype,
    );
  }

  /**
   * How many of the column loops, from the last, make one matrix: those whose results lie in memory
   * as one run, so that a tile may cross from one to the next; one alone if it is long.
   */
  private innerColumns(columns: readonly Loop[]): number {
    let count = Math.min(1, columns.length);
    if (count === 0 || (columns[columns.length - 1] as Loop).extent >= 256) return count;
    while (count < columns.length) {
      const [outer, next] = [
        columns[columns.length - 1 - count],
        columns[columns.length - count],
      ] as [Loop, Loop];
      if (
        !this.epilogue.every(
          (i) => factorOf(i, outer.axis) === factorOf(i, next.axis) * next.extent,
        )
      )
        break;
      count++;
    }
    // Matrices of a few columns would waste most of a tile: then results are written one by one.
    const size = sizeOf(columns.slice(columns.length - count));
    return size < 2 * this.lanes ? columns.length : count;
  }

  /** How well the lanes would lie along one operand's free axes. */
  private columnScore(side: Expression, axes: readonly Axis[]): number {
    const size = axes.reduce((n, a) => n * a.extent, 1);
    let best = 0;
    for (const axis of axes) {
      if (axis.extent === 1) continue;
      let score = 0;
      if (this.spec.results.some((r) => factorOf(r.index, axis) === 1)) score += 4;
      if (collectIndices(side).every((i) => factorOf(i, axis) === 1)) score += 3;
      if (axis.extent >= this.lanes) score += 1;
      best = Math.max(best, score);
    }
    if (size < this.lanes) best -= 4;
    return best + Math.min(size, 1e6) / 1e7;
  }

  /** The axis along which memory is walked in steps of one goes last. */
  private lastFirst(axes: readonly Axis[]): Axis[] {
    const score = (axis: Axis): number =>
      (this.spec.results.some((r) => factorOf(r.index, axis) === 1) ? 2 : 0) +
      (collectIndices(this.columnSide).some((i) => factorOf(i, axis) === 1) ? 1 : 0);
    const wide = axes.filter((a) => a.extent > 1);
    const best = wide.reduce<Axis | undefined>(
      (m, a) => (m === undefined || score(a) >= score(m) ? a : m),
      undefined,
    );
    return best ? [...axes.filter((a) => a !== best), best] : [...axes];
  }

  private merge(axes: readonly Axis[], indices: readonly Index[]): Loop[] {
    const loops: Loop[] = [];
    for (const axis of axes) {
      if (axis.extent === 1) {
        this.dropped.push(axis);
        continue;
      }
      const last = loops[loops.length - 1];
      if (
        last &&
        indices.every((i) => factorOf(i, last.axis) === factorOf(i, axis) * axis.extent)
      ) {
        this.dropped.push(last.axis);
        loops[loops.length - 1] = { axis, extent: last.extent * axis.extent };
      } else loops.push({ axis, extent: axis.extent });
    }
    return loops;
  }

  lower(): { jobs: LoweredJob[]; temporary: Node } {
    return { jobs: [this.pack(), this.multiply()], temporary: this.temporary };
  }

  private emission(builder: KernelBuilder<Node, LaunchNumber>): Emission {
    const emission = new Emission(builder, { reportCode: this.spec.reportCode });
    for (const axis of this.dropped) emission.place(axis, none);
    return emission;
  }

  /** Read a counter as positions along several loops, the last running fastest. */
  private decode(
    b: KernelBuilder<Node, LaunchNumber>,
    emission: Emission,
    loops: readonly Loop[],
    counter: Atom,
  ): void {
    let rest = counter;
    for (let i = loops.length - 1; i >= 0; i--) {
      const { axis, extent } = loops[i] as Loop;
      if (i === 0) emission.place(axis, rest);
      else {
        const by = b.int(extent, `x${axis.id}`);
        emission.place(axis, b.compute("mod", "index", rest, by));
        rest = b.compute("div", "index", rest, by);
      }
    }
  }

  /** Loops over the summed axes; `body` gets the running number of the term. */
  private sumNest(
    b: KernelBuilder<Node, LaunchNumber>,
    emission: Emission,
    body: (k: Atom) => void,
  ): void {
    const nest = (at: number, k: Atom): void => {
      const loop = this.summed[at];
      if (!loop) return body(k);
      const extent = b.int(loop.extent, `x${loop.axis.id}`);
      b.loop(none, extent, one, (variable) => {
        emission.place(loop.axis, variable);
        nest(
          at + 1,
          at === 0
            ? variable
            : b.compute("add", "index", b.compute("mul", "index", k, extent), variable),
        );
      });
    };
    nest(0, none);
  }

  /** [batch, panel, k, row] of the row side; rows past the end repeat the last. */
  private pack(): LoweredJob {
    const b = new KernelBuilder<Node, LaunchNumber>(1);
    const emission = this.emission(b);
    const { rows } = this.tile;
    const count = sizeOf(this.rows);
    const panels = Math.ceil(count / rows);
    const depth = sizeOf(this.summed);
    const out = b.buffer(this.temporary, "packed", this.temporary.dtype, 0, true);
    const panel = b.compute("mod", "index", b.unit, b.int(panels, "panels"));
    this.decode(
      b,
      emission,
      this.batch,
      b.compute("div", "index", b.unit, b.int(panels, "panels")),
    );
    const first = b.compute("mul", "index", panel, literal("index", rows));
    const last = b.int(count - 1, "last");
    const start = b.compute("mul", "index", b.unit, b.int(depth * rows, "panel"));
    const positions = Array.from({ length: rows }, (_, i) =>
      b.compute("min", "index", b.compute("add", "index", first, literal("index", i)), last),
    );
    // Reading a row's place takes divisions: done once, before the sum.
    const places = positions.map((position) => {
      this.decode(b, emission, this.rows, position);
      return this.rows.map((l) =>
        emission.index({ terms: [{ atom: l.axis, factor: 1 }], constant: 0 }),
      );
    });
    this.sumNest(b, emission, (k) => {
      const at = b.compute(
        "add",
        "index",
        start,
        b.compute("mul", "index", k, literal("index", rows)),
      );
      for (let i = 0; i < rows; i++) {
        b.turn(() => {
          this.rows.forEach((l, j) => emission.place(l.axis, (places[i] as Atom[])[j] as Atom));
          const value = emission.value(this.rowSide);
          b.store(out, b.compute("add", "index", at, literal("index", i)), value, 1);
        });
      }
    });
    return this.job(
      b,
      `${this.spec.name} pack`,
      sizeOf(this.batch) * panels,
      0,
      [this.rowSide],
      [],
    );
  }

  private multiply(): LoweredJob {
    const b = new KernelBuilder<Node, LaunchNumber>(this.lanes);
    const emission = this.emission(b);
    const width = this.tile.vectors * this.lanes;
    const plan = this.cut(width);
    const memory = this.spec.node.dtype;
    const bytes = bytesOf(memory);
    const depth = b.int(sizeOf(this.summed), "depth");
    const pitchCount = plan.pitch;
    const pitch = b.int(pitchCount, "pitch");
    const block = b.scratch(memory, pitchCount * sizeOf(this.summed), bytes);
    const tileBuffer = b.scratch(memory, this.tile.rows * width, bytes);
    const packed = b.buffer(this.temporary, "packed", memory, 0, false);

    // unit = ((batch · outer columns + …) · column blocks + block) · row blocks + row block
    const rowBlock = b.compute("mod", "index", b.unit, b.int(plan.rowBlocks, "rowBlocks"));
    const above = b.compute("div", "index", b.unit, b.int(plan.rowBlocks, "rowBlocks"));
    const columnBlock = b.compute("mod", "index", above, b.int(plan.columnBlocks, "columnBlocks"));
    const matrix = b.compute("div", "index", above, b.int(plan.columnBlocks, "columnBlocks"));
    const outer = sizeOf(this.outerColumns);
    const batchAt = outer === 1 ? matrix : b.compute("div", "index", matrix, b.int(outer, "outer"));
    if (outer > 1)
      this.decode(
        b,
        emission,
        this.outerColumns,
        b.compute("mod", "index", matrix, b.int(outer, "outer")),
      );
    this.decode(b, emission, this.batch, batchAt);

    const { firstColumn, columnCount } = this.copyColumns(b, emission, {
      block,
      pitch,
      columnBlock,
      plan,
    });
    const count = b.int(sizeOf(this.rows), "rows");
    const panels = b.int(Math.ceil(sizeOf(this.rows) / this.tile.rows), "panels");
    const panelsEach = b.int(plan.panelsEach, "panelsEach");
    const from = b.compute("mul", "index", rowBlock, panelsEach);
    const to = b.compute("min", "index", b.compute("add", "index", from, panelsEach), panels);
    const batchPanels = b.compute("mul", "index", batchAt, panels);
    const panelSize = b.compute("mul", "index", depth, literal("index", this.tile.rows));
    b.loop(from, to, one, (panel) => {
      const start = b.compute(
        "mul",
        "index",
        b.compute("add", "index", batchPanels, panel),
        panelSize,
      );
      const row = b.compute("mul", "index", panel, literal("index", this.tile.rows));
      const rowsHere = b.compute(
        "min",
        "index",
        literal("index", this.tile.rows),
        b.compute("sub", "index", count, row),
      );
      b.loop(none, columnCount, literal("index", width), (column) => {
        this.multiplyTile(b, { packed, start, block, pitch, column, depth, tileBuffer });
        const columnsHere = b.compute(
          "min",
          "index",
          literal("index", width),
          b.compute("sub", "index", columnCount, column),
        );
        this.finishTile(b, emission, {
          tileBuffer,
          row,
          rowsHere,
          column,
          columnsHere,
          firstColumn,
        });
      });
    });
    const units = sizeOf(this.batch) * outer * plan.columnBlocks * plan.rowBlocks;
    const flops =
      2 *
      sizeOf(this.batch) *
      outer *
      sizeOf(this.rows) *
      sizeOf(this.columns) *
      sizeOf(this.summed);
    const { results } = this.spec;
    return this.job(
      b,
      this.spec.name,
      units,
      flops,
      [this.columnSide, ...results.map((r) => r.value)],
      results,
    );
  }

  /** How rows and columns are cut into units, from sizes alone. */
  private cut(width: number): Cut {
    const depth = Math.max(1, sizeOf(this.summed));
    const bytes = bytesOf(this.spec.node.dtype);
    const run =
      this.columns.length > 1 ? (this.columns[this.columns.length - 1] as Loop).extent : 1;
    const total = sizeOf(this.columns);
    const matrices = sizeOf(this.batch) * sizeOf(this.outerColumns);
    const flops = 2 * matrices * sizeOf(this.rows) * total * depth;
    const wanted = Math.max(1, Math.min(32, Math.floor(flops / 1e6)));
    const most = Math.max(width, Math.floor(this.target.cache.l2 / 2 / bytes / depth));
    let columns = Math.min(total, Math.max(width, Math.min(most, 512)));
    const blocksFor = (c: number) => Math.ceil(total / c);
    // Enough blocks to share out, of even size, each of whole tiles or whole runs.
    while (matrices * blocksFor(columns) < wanted && columns > 4 * width)
      columns = Math.ceil(columns / 2);
    const grain = run > 1 ? run : width;
    const blocks = blocksFor(columns);
    let each = Math.ceil(Math.ceil(total / blocks) / grain) * grain;
    if (run > 1 && each > total) each = total;
    const columnBlocks = Math.max(1, Math.ceil(total / each));
    const panels = Math.ceil(sizeOf(this.rows) / this.tile.rows);
    const rowBlocksWanted = Math.max(
      1,
      Math.min(Math.ceil(panels / 2), Math.ceil(wanted / (matrices * columnBlocks))),
    );
    const panelsEach = Math.ceil(panels / rowBlocksWanted);
    const rowBlocks = Math.max(1, Math.ceil(panels / panelsEach));
    // A pitch of a power of two would put every row of the block in the same cache sets.
    let pitch = Math.ceil(Math.min(each, Math.max(total, 1)) / width) * width;
    if ((pitch * bytes) % 512 === 0) pitch += this.lanes;
    return { each, columnBlocks, panelsEach, rowBlocks, pitch, run };
  }

  /** The block of columns into scratch as [k, column]; returns where it begins and how many there are. */
  private copyColumns(
    b: KernelBuilder<Node, LaunchNumber>,
    emission: Emission,
    {
      block,
      pitch,
      columnBlock,
      plan,
    }: { block: number; pitch: Atom; columnBlock: Atom; plan: Cut },
  ): { firstColumn: Atom; columnCount: Atom } {
    const total = b.int(sizeOf(this.columns), "columns");
    const each = b.int(plan.each, "each");
    const firstColumn = b.compute("mul", "index", columnBlock, each);
    const columnCount = b.compute(
      "min",
      "index",
      each,
      b.compute("sub", "index", total, firstColumn),
    );
    const loop = this.columns[this.columns.length - 1];
    const linear =
      loop !== undefined && collectIndices(this.columnSide).every((i) => isLinear(i, loop.axis));
    const put = (k: Atom, column: Atom, at: Atom): void => {
      if (loop) emission.place(loop.axis, at);
      const value = emission.value(this.columnSide);
      const index = b.compute("add", "index", b.compute("mul", "index", k, pitch), column);
      b.store(block, index, value, emission.lane ? b.lanes : 1);
    };
    const vector = (make: () => void): void => {
      emission.lane = (loop as Loop).axis;
      make();
      emission.lane = undefined;
    };
    if (this.columns.length <= 1) {
      const near =
        loop === undefined ||
        collectIndices(this.columnSide).every((i) => factorOf(i, loop.axis) === 1);
      const even = b.compute(
        "sub",
        "index",
        columnCount,
        b.compute("mod", "index", columnCount, literal("index", b.lanes)),
      );
      const at = (j: Atom): Atom => b.compute("add", "index", firstColumn, j);
      if (!linear || b.lanes === 1) {
        this.sumNest(b, emission, (k) => b.loop(none, columnCount, one, (j) => put(k, j, at(j))));
      } else if (near) {
        this.sumNest(b, emission, (k) => {
          b.loop(none, even, literal("index", b.lanes), (j) => vector(() => put(k, j, at(j))));
          b.loop(even, columnCount, one, (j) => put(k, j, at(j)));
        });
      } else {
        // Columns far apart: a few of them at a time, so that their cache lines serve all of k.
        b.loop(none, even, literal("index", b.lanes), (j) =>
          this.sumNest(b, emission, (k) => vector(() => put(k, j, at(j)))),
        );
        b.loop(even, columnCount, one, (j) => this.sumNest(b, emission, (k) => put(k, j, at(j))));
      }
      return { firstColumn, columnCount };
    }
    // Whole runs of the last axis: one copy a run and term.
    const last = loop as Loop;
    const run = b.int(last.extent, `x${last.axis.id}`);
    const firstRun = b.compute("div", "index", firstColumn, run);
    const runs = b.compute("div", "index", columnCount, run);
    b.loop(none, runs, one, (r) => {
      this.decode(b, emission, this.columns.slice(0, -1), b.compute("add", "index", firstRun, r));
      const start = b.compute("mul", "index", r, run);
      this.sumNest(b, emission, (k) => {
        if (linear && last.extent >= b.lanes && b.lanes > 1) {
          // The last vector overlaps the one before instead of running over the end.
          const end = b.int(last.extent - b.lanes, "overlap");
          b.loop(none, run, literal("index", b.lanes), (j) => {
            const at = b.compute("min", "index", j, end);
            vector(() => put(k, b.compute("add", "index", start, at), at));
          });
        } else b.loop(none, run, one, (j) => put(k, b.compute("add", "index", start, j), j));
      });
    });
    return { firstColumn, columnCount };
  }

  private multiplyTile(
    b: KernelBuilder<Node, LaunchNumber>,
    at: {
      packed: number;
      start: Atom;
      block: number;
      pitch: Atom;
      column: Atom;
      depth: Atom;
      tileBuffer: number;
    },
  ): void {
    const { rows, vectors } = this.tile;
    const sums: Variable[][] = Array.from({ length: rows }, () =>
      Array.from({ length: vectors }, () => b.variable(this.type, b.lanes, literal(this.type, 0))),
    );
    b.loop(none, at.depth, one, (k) => {
      const from = b.compute("add", "index", b.compute("mul", "index", k, at.pitch), at.column);
      const column = Array.from({ length: vectors }, (_, u) =>
        b.load(
          this.type,
          at.block,
          b.compute("add", "index", from, literal("index", u * b.lanes)),
          { lanes: b.lanes, fresh: true },
        ),
      );
      const panel = b.compute(
        "add",
        "index",
        at.start,
        b.compute("mul", "index", k, literal("index", rows)),
      );
      for (let i = 0; i < rows; i++) {
        const row = b.load(
          this.type,
          at.packed,
          b.compute("add", "index", panel, literal("index", i)),
        );
        for (let u = 0; u < vectors; u++) {
          const sum = (sums[i] as Variable[])[u] as Variable;
          const term = column[u] as Atom;
          const isFloat = this.type === "f32" || this.type === "f64";
          b.set(
            sum,
            isFloat
              ? b.compute("fma", this.type, row, term, sum)
              : b.compute("add", this.type, b.compute("mul", this.type, row, term), sum),
          );
        }
      }
    });
    sums.forEach((row, i) => {
      row.forEach((sum, u) => {
        b.settle(sum);
        b.store(at.tileBuffer, literal("index", (i * vectors + u) * b.lanes), sum, b.lanes);
      });
    });
  }

  /** What follows the contraction, on the rows and columns of a tile that exist. */
  private finishTile(
    b: KernelBuilder<Node, LaunchNumber>,
    emission: Emission,
    at: {
      tileBuffer: number;
      row: Atom;
      rowsHere: Atom;
      column: Atom;
      columnsHere: Atom;
      firstColumn: Atom;
    },
  ): void {
    const width = literal("index", this.tile.vectors * b.lanes);
    const last = this.columns[this.columns.length - 1];
    const others = this.columns.slice(0, -1);
    // Whether the results walk all column axes as one.
    const flat =
      last !== undefined &&
      others.every((l, i) => {
        const next = this.columns[i + 1] as Loop;
        return this.epilogue.every(
          (x) => factorOf(x, l.axis) === factorOf(x, next.axis) * next.extent,
        );
      });
    const vectorizable =
      last !== undefined &&
      b.lanes > 1 &&
      flat &&
      !this.wideTypes() &&
      this.epilogue.every((i) => isLinear(i, last.axis)) &&
      !this.guardsAlong(last.axis);
    b.loop(none, at.rowsHere, one, (i) => {
      this.decode(b, emission, this.rows, b.compute("add", "index", at.row, i));
      const line = b.compute("mul", "index", i, width);
      const finish = (j: Atom): void => {
        const column = b.compute(
          "add",
          "index",
          b.compute("add", "index", at.firstColumn, at.column),
          j,
        );
        if (flat) {
          for (const l of others) emission.place(l.axis, none);
          emission.place((last as Loop).axis, column);
        } else this.decode(b, emission, this.columns, column);
        const lanes = emission.lane ? b.lanes : 1;
        emission.given.set(
          this.spec.node,
          b.load(this.type, at.tileBuffer, b.compute("add", "index", line, j), {
            lanes,
            fresh: true,
          }),
        );
        for (const r of this.spec.results) emission.store(r.node, r.index, emission.value(r.value));
      };
      if (!vectorizable) {
        b.loop(none, at.columnsHere, one, finish);
        return;
      }
      const even = b.compute(
        "sub",
        "index",
        at.columnsHere,
        b.compute("mod", "index", at.columnsHere, literal("index", b.lanes)),
      );
      b.loop(none, even, literal("index", b.lanes), (j) => {
        emission.lane = (last as Loop).axis;
        finish(j);
        emission.lane = undefined;
      });
      b.loop(even, at.columnsHere, one, finish);
    });
  }

  /** Whether the results need registers that do not fit the lanes of this kernel. */
  private wideTypes(): boolean {
    const types = new Set<Register>([this.type]);
    walk(
      this.spec.results.map((r) => r.value),
      (e) => {
        for (const type of registersOf(e)) types.add(type);
      },
    );
    return lanesFor(this.target, types) !== this.lanes;
  }

  private guardsAlong(axis: Axis): boolean {
    let found = false;
    walk(
      this.spec.results.map((r) => r.value),
      (e) => {
        if (e.kind === "guard" && e.conditions.some((c) => dependsOn(c.index, axis))) found = true;
      },
    );
    return found;
  }

  private job(
    b: KernelBuilder<Node, LaunchNumber>,
    name: string,
    units: number,
    flops: number,
    roots: readonly Expression[],
    results: ContractSpecification["results"],
  ): LoweredJob {
    const { kernel, scratchBytes } = b.finish(name);
    const sources = new Set(b.uses.map((u) => u.source));
    let bytes = 0;
    for (const s of sources) bytes += s.shape.reduce((n, d) => n * d, 1) * bytesOf(s.dtype);
    return {
      kernel,
      uses: b.uses,
      ints: b.ints,
      floats: b.floats,
      units,
      scratch: scratchBytes,
      flops,
      bytes,
      reads: readsOf(roots),
      writes: new Map(results.map((r) => [r.node, r.index])),
    };
  }
}

interface Cut {
  /** Columns of a block. */
  readonly each: number;
  readonly columnBlocks: number;
  readonly panelsEach: number;
  readonly rowBlocks: number;
  /** Elements between rows of the block in scratch. */
  readonly pitch: number;
  readonly run: number;
}

// Contractions: a register-tiled matrix product over any views, with what follows it elementwise
// done on each tile while it is in cache.
//
//   a unit takes a rectangle of the result; for each piece of the sum, for each block of its columns:
//     the columns are copied into scratch, tile by tile as [k, column], unless they lie so already
//     for each panel of rows: the panel is copied as [row, k] (or several at once as [k, row], where
//       memory runs across the rows), unless an earlier block has done so, then multiplied with tile
//       after tile: rows × columns of sums live in registers while k runs; in between in scratch
//       after the last piece, what follows is done
//
// How a sum is cut into pieces follows from its length alone, so no bit depends on tiles or units. No
// size stands in the text: heights of panels are chosen from a few when the kernel is launched.

import type { Atom } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { literal } from "../math.ts";
import { copyRectangle, stepAlong } from "./contract-copy.ts";
import { finishTile, type NextTile } from "./contract-finish.ts";
import type { ContractSpecification, Side } from "./contract-layout.ts";
import { eachHeight, firstRow } from "./contract-panels.ts";
import { type ContractPlan, planContraction } from "./contract-plan.ts";
import { type ContractScratch, panelsAtOnce, scratchOf } from "./contract-scratch.ts";
import { multiplyTile } from "./contract-tile.ts";
import { finishJob, type Leading, type LoweredJob, writesOf } from "./lowered-job.ts";
import { prefetchesOf } from "./prefetching.ts";
import { lastAxis, placeAt } from "./walk.ts";

export function lowerContract(spec: ContractSpecification, target: Target): LoweredJob[] {
  const plan = planContraction(spec, target);
  const { cut, packed } = plan;
  const emission = new Emission(new KernelBuilder(plan.layout.lanes), spec.reportCode);
  new Multiplication(emission, plan).write();
  const job = finishJob(emission.builder, {
    name: spec.name,
    units: cut.units,
    flops: cut.flops,
    roots: [spec.a, spec.b, ...spec.results.map((r) => r.value)],
    writes: writesOf(spec.results),
    ...(packed ? {} : { leading: leadingOf(plan) }),
  });
  return packed ? [packed.job(plan), job] : [job];
}

/** The matrices, each some units. */
const leadingOf = ({ spec, cut }: ContractPlan): Leading => ({
  axes: spec.batch,
  each: { units: cut.rowBlocks * cut.columnBlocks },
});

/** Terms whose rows of the columns' operand are read side by side. */
const slabTerms = 16;

/** From one count up to another. */
type Range = readonly [from: Atom, to: Atom];

/** A tile of a block: its panel of rows and where that was copied to, and its columns. */
interface TileHere {
  readonly panel: Atom;
  readonly start: Atom;
  readonly rows: Range;
  readonly tile: Atom;
  readonly columns: Range;
}

class Multiplication {
  readonly #emission: Emission;
  readonly #plan: ContractPlan;
  readonly #scratch: ContractScratch;

  constructor(emission: Emission, plan: ContractPlan) {
    this.#emission = emission;
    this.#plan = plan;
    this.#scratch = scratchOf(emission.builder, plan);
  }

  write(): void {
    const b = this.#emission.builder;
    const { layout, cut } = this.#plan;
    const { add, sub, div, min } = b.index;
    const depth = b.int(layout.rows.summed.size, "depth");
    const [panels, columns] = this.#placeUnit(b.unit);
    const { width } = this.#scratch;
    const pieceEach = b.int(cut.pieceEach, "piece");
    const blockEach = b.int(cut.blockEach, "blockEach");
    const ahead = prefetchesOf(this.#plan.target);
    b.loop(0, depth, pieceEach, (from) => {
      const piece: Range = [from, min(add(from, pieceEach), depth)];
      b.loop(columns[0], columns[1], blockEach, (left) => {
        const block: Range = [left, min(add(left, blockEach), columns[1])];
        const tiles = div(add(sub(block[1], left), width - 1), width);
        const before = div(sub(left, columns[0]), width);
        if (!this.#plan.packed) this.#copyTiles(piece, block, tiles);
        this.#eachPanel(piece, panels, sub(left, columns[0]), (panel, rows, start) => {
          b.loop(0, tiles, 1, (tile) => {
            const here = { panel, start, tile, rows, columns: this.#columnsOf(block, tile) };
            const sum = this.#sumsOf(sub(panel, panels[0]), add(before, tile));
            ahead?.sums(this.#emission, this.#plan, this.#scratch.sums, sum, from);
            this.#multiply(piece, here, sum);
            const sums = { sums: this.#scratch.sums, sum, pitch: width };
            const next = ahead && this.#tileAfter(here, block);
            b.when(this.#isLast(piece), () =>
              finishTile(this.#emission, this.#plan, { ...sums, ...here, next }),
            );
          });
        });
      });
    });
  }

  /** Where the sums of a tile lie, by its panel and tile in the unit. */
  #sumsOf(panel: Atom, tile: Atom): Atom {
    const { add, mul } = this.#emission.builder.index;
    return add(mul(panel, this.#scratch.panelSums), mul(tile, this.#scratch.tileSums));
  }

  /** The tile that follows in a block: further right, or the first of the panel below. */
  #tileAfter({ rows, columns }: TileHere, [left, right]: Range): NextTile {
    const { less, where, add, min } = this.#emission.builder.index;
    const isRight = less(columns[1], right);
    const from = where(isRight, columns[1], left);
    return {
      firstRow: where(isRight, rows[0], rows[1]),
      columns: [from, min(add(from, this.#scratch.width), right)],
    };
  }

  #copyTiles(piece: Range, columns: Range, tiles: Atom): void {
    const b = this.#emission.builder;
    const { add, mul } = b.index;
    b.routine(() => {
      this.#eachSlab(this.#plan.layout.columns, piece, this.#scratch.width, (slab, start) => {
        b.loop(0, tiles, 1, (tile) => {
          const place = add(mul(tile, this.#scratch.tileStride), start);
          this.#copyColumns(slab, place, this.#columnsOf(columns, tile));
        });
      });
    });
  }

  /** Where the copy of a tile of columns begins, at the first term of a piece. */
  #columnPlace(term: Atom, [first]: Range, tile: Atom): Atom {
    const b = this.#emission.builder;
    const { tileStride } = this.#scratch;
    const { packed } = this.#plan;
    return packed?.place(b, this.#plan, term, first) ?? b.index.mul(tile, tileStride);
  }

  #isLast([, to]: Range): Atom {
    const b = this.#emission.builder;
    return b.compute(
      "not",
      "bool",
      b.index.less(to, b.int(this.#plan.layout.rows.summed.size, "depth")),
    );
  }

  /**
   * unit = (batch · row blocks + row block) · column blocks + column block: rows that a thread has made
   * it finds in its caches when they are multiplied.
   */
  #placeUnit(unit: Atom): [panels: Range, columns: Range] {
    const b = this.#emission.builder;
    const { layout, cut } = this.#plan;
    const { mul, div, mod, add, min } = b.index;
    const rowBlocks = b.int(cut.rowBlocks, "rowBlocks");
    const columnBlocks = b.int(cut.columnBlocks, "columnBlocks");
    const above = div(unit, columnBlocks);
    placeAt(this.#emission, layout.batch, div(above, rowBlocks));
    const share = (block: Atom, blocks: Atom, count: Atom): Range => {
      const start = (at: Atom): Atom => div(mul(at, count), blocks);
      return [start(block), start(add(block, 1))];
    };
    const panels = b.int(cut.panels.count, "panels");
    const tiles = b.int(cut.columnTiles, "tiles");
    const columns = b.int(layout.columns.free.size, "columns");
    const [left, right] = share(mod(unit, columnBlocks), columnBlocks, tiles);
    const { width } = this.#scratch;
    return [
      share(mod(above, rowBlocks), rowBlocks, panels),
      [mul(left, width), min(mul(right, width), columns)],
    ];
  }

  #columnsOf([first, end]: Range, tile: Atom): Range {
    const { add, mul, min } = this.#emission.builder.index;
    const from = add(first, mul(tile, this.#scratch.width));
    return [from, min(add(from, this.#scratch.width), end)];
  }

  /**
   * The panels of a unit, copied where no block of columns was `before`: the rows of each, and where
   * its copy begins.
   */
  #eachPanel(
    piece: Range,
    [first, end]: Range,
    before: Atom,
    body: (panel: Atom, rows: Range, start: Atom) => void,
  ): void {
    const b = this.#emission.builder;
    const { add, sub, mul, min, less } = b.index;
    const { layout } = this.#plan;
    const isFirst = less(before, 1);
    const atOnce = layout.rowsByTerm ? panelsAtOnce : 1;
    b.loop(first, end, atOnce, (group) => {
      const last = min(add(group, atOnce), end);
      const kept = mul(sub(group, first), this.#scratch.groupStride);
      const placeOf = (panel: Atom): Atom =>
        add(kept, mul(sub(panel, group), this.#scratch.panelStride));
      b.when(isFirst, () => {
        b.routine(() => {
          if (!layout.rowsByTerm) {
            this.#copyRows(piece, placeOf(group), group);
            return;
          }
          this.#eachSlab(layout.rows, piece, this.#scratch.termPitch, (slab, start) => {
            b.loop(group, last, 1, (panel) => {
              this.#copyRows(slab, add(placeOf(panel), start), panel);
            });
          });
        });
      });
      b.loop(group, last, 1, (panel) => body(panel, this.#rowsOf(panel), placeOf(panel)));
    });
  }

  /**
   * The terms of a piece as a copy takes them, and where in the copy they go, terms `pitch` apart:
   * where memory runs across the free axes a few at a time, so that it is read as it lies for all of
   * them.
   */
  #eachSlab(
    { value, free }: Side,
    [from, to]: Range,
    pitch: number,
    body: (slab: Range, start: Atom) => void,
  ): void {
    const b = this.#emission.builder;
    const { add, sub, mul, min } = b.index;
    const step = stepAlong(value, lastAxis(free));
    if (step === undefined || step > 1) {
      body([from, to], literal("index", 0));
      return;
    }
    b.loop(from, to, slabTerms, (k) => {
      body([k, min(add(k, slabTerms), to)], mul(sub(k, from), pitch));
    });
  }

  #copyColumns([from, to]: Range, start: Atom, [column, next]: Range): void {
    const { columns } = this.#plan.layout;
    this.#emission.use = "c";
    copyRectangle(this.#emission, {
      value: columns.value,
      outer: { walk: columns.summed, from, to, end: to },
      inner: { walk: columns.free, from: column, to: next, end: next },
      buffer: this.#scratch.columns,
      pitch: this.#scratch.width,
      start,
      ahead: slabTerms,
      target: this.#plan.target,
    });
  }

  #rowsOf(panel: Atom): Range {
    const b = this.#emission.builder;
    const { panels } = this.#plan.cut;
    const row = firstRow(b, panels, panel);
    const next = firstRow(b, panels, b.index.add(panel, 1));
    return [row, b.index.min(next, b.int(this.#plan.layout.rows.free.size, "rows"))];
  }

  /**
   * A panel's rows. Where it has more than there are, the last stands for them, or nothing does: what
   * is made of those goes nowhere.
   */
  #copyRows([from, to]: Range, start: Atom, panel: Atom): void {
    const b = this.#emission.builder;
    const { layout, cut, target } = this.#plan;
    const { rows } = layout;
    const [row, end] = this.#rowsOf(panel);
    this.#emission.use = "r";
    const along = { walk: rows.summed, from, to, end: to };
    const shared = { value: rows.value, buffer: this.#scratch.rows, start, target };
    if (layout.rowsByTerm) {
      const pitch = this.#scratch.termPitch;
      // Whole vectors where there are rows enough: those of the next panel do no harm.
      const to = b.index.min(b.index.add(row, pitch), b.int(rows.free.size, "rows"));
      const inner = { walk: rows.free, from: row, to, end: to };
      copyRectangle(this.#emission, { ...shared, outer: along, inner, pitch, ahead: slabTerms });
    } else {
      const next = firstRow(b, cut.panels, b.index.add(panel, 1));
      const outer = { walk: rows.free, from: row, to: next, end };
      const pitch = this.#scratch.rowPitch;
      const ahead = layout.tiles.heights[0] as number;
      copyRectangle(this.#emission, { ...shared, outer, inner: along, pitch, ahead });
    }
  }

  #multiply([from, to]: Range, { panel, start, tile, columns }: TileHere, sum: Atom): void {
    const b = this.#emission.builder;
    const { sub, less } = b.index;
    const { layout, cut } = this.#plan;
    const scratch = this.#scratch;
    const operands = {
      type: layout.type,
      rows: scratch.rows,
      row: start,
      rowPitch: scratch.rowPitch,
      termPitch: scratch.termPitch,
      ahead: prefetchesOf(this.#plan.target)?.terms(b, this.#plan, scratch),
      columns: scratch.columns,
      column: this.#columnPlace(from, columns, tile),
      columnPitch: scratch.width,
      depth: sub(to, from),
      sums: scratch.sums,
      sum,
      more: less(0, from),
    };
    const isNarrow = less(sub(columns[1], columns[0]), b.lanes + 1);
    const isWide = b.compute("not", "bool", isNarrow);
    eachHeight(b, cut.panels, panel, (height) => {
      b.when(isWide, () => multiplyTile(b, { ...operands, height, vectors: layout.tiles.vectors }));
      b.when(isNarrow, () => multiplyTile(b, { ...operands, height, vectors: 1 }));
    });
  }
}

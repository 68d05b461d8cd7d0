// Contractions: a register-tiled matrix product over any views, with what follows it elementwise
// done on each tile while it is in cache.
//
//   a unit takes a rectangle of the result; for each piece of the sum:
//     its columns are copied into scratch, tile by tile as [k, column], unless they lie so already
//     for each panel of rows: the panel is copied as [row, k] (or several at once as [k, row], where
//       memory runs across the rows), then multiplied with tile after tile:
//       rows × columns of sums live in registers while k runs; in between they lie in scratch
//       after the last piece, what follows is done
//
// How a sum is cut into pieces follows from its length alone, so no bit depends on tiles or units. No
// size stands in the text: heights of panels are chosen from a few when the kernel is launched.

import type { Atom } from "../../ir/kernel.ts";
import type { Target } from "../../render/renderer.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import type { Expression } from "../expression.ts";
import { literal } from "../math.ts";
import { copyRectangle, stepAlong } from "./contract-copy.ts";
import { finishTile } from "./contract-finish.ts";
import type { ContractSpecification, Side } from "./contract-layout.ts";
import { packContract } from "./contract-pack.ts";
import { eachHeight, firstRow } from "./contract-panels.ts";
import { type ContractPlan, planContraction } from "./contract-plan.ts";
import {
  type Part,
  prefetches,
  prefetchRuns,
  prefetchTile,
  rowsAhead,
} from "./contract-prefetch.ts";
import { type ContractScratch, panelsAtOnce, scratchOf } from "./contract-scratch.ts";
import { multiplyTile } from "./contract-tile.ts";
import { finishJob, type Leading, type LoweredJob, writesOf } from "./lowered-job.ts";
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
  return packed ? [packContract(plan, packed), job] : [job];
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

/** A tile of a unit: its panel of rows and where that was copied to, and its columns. */
interface TileHere {
  readonly panel: Atom;
  readonly start: Atom;
  readonly tile: Atom;
  readonly columns: Range;
}

class Multiplication {
  private readonly emission: Emission;
  private readonly plan: ContractPlan;
  private readonly scratch: ContractScratch;

  constructor(emission: Emission, plan: ContractPlan) {
    this.emission = emission;
    this.plan = plan;
    this.scratch = scratchOf(emission.builder, plan);
  }

  write(): void {
    const b = this.emission.builder;
    const { layout, cut } = this.plan;
    const { add, sub, div, min } = b.index;
    const depth = b.int(layout.rows.summed.size, "depth");
    const [panels, columns] = this.placeUnit(b.unit);
    const { width } = this.scratch;
    const tiles = div(add(sub(columns[1], columns[0]), width - 1), width);
    const pieceEach = b.int(cut.pieceEach, "piece");
    b.loop(0, depth, pieceEach, (from) => {
      const piece: Range = [from, min(add(from, pieceEach), depth)];
      if (!this.plan.packed) this.copyTiles(piece, columns, tiles);
      this.eachPanel(piece, panels, (panel, rows, start) => {
        this.prefetchNext(piece, panels, panel);
        b.loop(0, tiles, 1, (tile) => {
          const here = { panel, start, tile, rows, columns: this.columnsOf(columns, tile) };
          if (prefetches(this.plan.target)) {
            b.when(this.isLast(piece), () => {
              prefetchTile(this.emission, this.plan, here.rows, here.columns);
            });
          }
          const sum = this.multiply(piece, sub(panel, panels[0]), here);
          const sums = { sums: this.scratch.sums, sum, pitch: width };
          b.when(this.isLast(piece), () =>
            finishTile(this.emission, this.plan, { ...sums, ...here }),
          );
        });
      });
    });
  }

  private copyTiles(piece: Range, columns: Range, tiles: Atom): void {
    const b = this.emission.builder;
    const { add, mul } = b.index;
    b.routine(() => {
      this.eachSlab(this.plan.layout.columns, piece, this.scratch.width, (slab, start) => {
        b.loop(0, tiles, 1, (tile) => {
          const place = add(mul(tile, this.scratch.tileStride), start);
          this.copyColumns(slab, place, this.columnsOf(columns, tile));
        });
      });
    });
  }

  /** Where the copy of a tile of columns begins, at the first term of a piece. */
  private columnPlace(term: Atom, [first]: Range, tile: Atom): Atom {
    const b = this.emission.builder;
    const { add, mul, div } = b.index;
    const { layout, cut, packed } = this.plan;
    const { tileStride, width } = this.scratch;
    if (!packed) return mul(tile, tileStride);
    const blocks = b.int(cut.rowBlocks * cut.columnBlocks, "blocks");
    const tiles = b.int(Math.ceil(layout.columns.free.size / width), "tiles");
    const place = add(mul(div(b.unit, blocks), tiles), div(first, width));
    return add(mul(place, tileStride), mul(term, width));
  }

  private isLast([, to]: Range): Atom {
    const b = this.emission.builder;
    return b.compute(
      "not",
      "bool",
      b.index.less(to, b.int(this.plan.layout.rows.summed.size, "depth")),
    );
  }

  /** unit = (batch · column blocks + column block) · row blocks + row block */
  private placeUnit(unit: Atom): [panels: Range, columns: Range] {
    const b = this.emission.builder;
    const { layout, cut } = this.plan;
    const { mul, div, mod, add, min } = b.index;
    const rowBlocks = b.int(cut.rowBlocks, "rowBlocks");
    const columnBlocks = b.int(cut.columnBlocks, "columnBlocks");
    const above = div(unit, rowBlocks);
    placeAt(this.emission, layout.batch, div(above, columnBlocks));
    const range = (block: Atom, each: Atom, count: Atom): Range => {
      const from = mul(block, each);
      return [from, min(add(from, each), count)];
    };
    const panels = b.int(cut.panels.count, "panels");
    const columns = b.int(layout.columns.free.size, "columns");
    return [
      range(mod(unit, rowBlocks), b.int(cut.panelsEach, "panelsEach"), panels),
      range(mod(above, columnBlocks), b.int(cut.columnsEach, "columnsEach"), columns),
    ];
  }

  /**
   * While a panel is multiplied, ask for a share of what comes after all panels: the next piece of
   * the sum, or the first of the next unit.
   */
  private prefetchNext([, to]: Range, [first, end]: Range, panel: Atom): void {
    const b = this.emission.builder;
    const { layout, cut, target } = this.plan;
    if (!prefetches(target)) return;
    const { add, sub, mul, div, min, max, less } = b.index;
    const depth = b.int(layout.rows.summed.size, "depth");
    const pieceEach = b.int(cut.pieceEach, "piece");
    const more = b.index.cast(less(to, depth));
    const start = mul(more, to);
    const length = sub(min(add(start, pieceEach), depth), start);
    const share = (at: Atom): Atom => add(start, div(mul(length, at), max(sub(end, first), 1)));
    const here = sub(panel, first);
    const terms: Range = [share(here), share(add(here, 1))];
    this.emission.aside(() => {
      const [panels, columns] = this.placeUnit(add(b.unit, sub(1, more)));
      const ask = (use: string, value: Expression, outer: Part, inner: Part): void => {
        this.emission.use = use;
        prefetchRuns(this.emission, target, value, { outer, inner });
      };
      const { rows } = layout;
      if (!this.plan.packed) {
        ask(
          "c",
          layout.columns.value,
          { walk: layout.columns.summed, range: terms },
          { walk: layout.columns.free, range: columns },
        );
      }
      const near = min(
        firstRow(b, cut.panels, panels[1]),
        add(firstRow(b, cut.panels, panels[0]), b.int(rowsAhead(this.plan), "rowsAhead")),
      );
      if (layout.rowsByTerm) {
        const first = firstRow(b, cut.panels, panels[0]);
        ask(
          "r",
          rows.value,
          { walk: rows.summed, range: terms },
          { walk: rows.free, range: [first, near] },
        );
      } else {
        const own = add(panels[0], here);
        const range: Range = [
          firstRow(b, cut.panels, own),
          min(firstRow(b, cut.panels, add(own, 1)), near),
        ];
        ask(
          "r",
          rows.value,
          { walk: rows.free, range },
          { walk: rows.summed, range: [start, add(start, length)] },
        );
      }
    });
  }

  private columnsOf([first, end]: Range, tile: Atom): Range {
    const { add, mul, min } = this.emission.builder.index;
    const from = add(first, mul(tile, this.scratch.width));
    return [from, min(add(from, this.scratch.width), end)];
  }

  /** The panels of a unit, once copied: the rows of each, and where its copy begins. */
  private eachPanel(
    piece: Range,
    [first, end]: Range,
    body: (panel: Atom, rows: Range, start: Atom) => void,
  ): void {
    const b = this.emission.builder;
    const { add, sub, mul, min } = b.index;
    const { layout } = this.plan;
    if (!layout.rowsByTerm) {
      b.loop(first, end, 1, (panel) => {
        const start = literal("index", 0);
        b.routine(() => this.copyRows(piece, start, panel));
        body(panel, this.rowsOf(panel), start);
      });
      return;
    }
    b.loop(first, end, panelsAtOnce, (group) => {
      const last = min(add(group, panelsAtOnce), end);
      const placeOf = (panel: Atom): Atom => mul(sub(panel, group), this.scratch.panelStride);
      b.routine(() => {
        this.eachSlab(layout.rows, piece, this.scratch.termPitch, (slab, start) => {
          b.loop(group, last, 1, (panel) => {
            this.copyRows(slab, add(placeOf(panel), start), panel);
          });
        });
      });
      b.loop(group, last, 1, (panel) => body(panel, this.rowsOf(panel), placeOf(panel)));
    });
  }

  /**
   * The terms of a piece as a copy takes them, and where in the copy they go, terms `pitch` apart:
   * where memory runs across the free axes a few at a time, so that it is read as it lies for all of
   * them.
   */
  private eachSlab(
    { value, free }: Side,
    [from, to]: Range,
    pitch: number,
    body: (slab: Range, start: Atom) => void,
  ): void {
    const b = this.emission.builder;
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

  private copyColumns([from, to]: Range, start: Atom, [column, next]: Range): void {
    const { columns } = this.plan.layout;
    this.emission.use = "c";
    copyRectangle(this.emission, {
      value: columns.value,
      outer: { walk: columns.summed, from, to, end: to },
      inner: { walk: columns.free, from: column, to: next, end: next },
      buffer: this.scratch.columns,
      pitch: this.scratch.width,
      start,
      ahead: slabTerms,
      target: this.plan.target,
    });
  }

  private rowsOf(panel: Atom): Range {
    const b = this.emission.builder;
    const { panels } = this.plan.cut;
    const row = firstRow(b, panels, panel);
    const next = firstRow(b, panels, b.index.add(panel, 1));
    return [row, b.index.min(next, b.int(this.plan.layout.rows.free.size, "rows"))];
  }

  /**
   * A panel's rows. Where it has more than there are, the last stands for them, or nothing does: what
   * is made of those goes nowhere.
   */
  private copyRows([from, to]: Range, start: Atom, panel: Atom): void {
    const b = this.emission.builder;
    const { layout, cut, target } = this.plan;
    const { rows } = layout;
    const [row, end] = this.rowsOf(panel);
    this.emission.use = "r";
    const along = { walk: rows.summed, from, to, end: to };
    const shared = { value: rows.value, buffer: this.scratch.rows, start, target };
    if (layout.rowsByTerm) {
      const pitch = this.scratch.termPitch;
      // Whole vectors where there are rows enough: those of the next panel do no harm.
      const to = b.index.min(b.index.add(row, pitch), b.int(rows.free.size, "rows"));
      const inner = { walk: rows.free, from: row, to, end: to };
      copyRectangle(this.emission, { ...shared, outer: along, inner, pitch, ahead: slabTerms });
    } else {
      const next = firstRow(b, cut.panels, b.index.add(panel, 1));
      const outer = { walk: rows.free, from: row, to: next, end };
      const pitch = this.scratch.rowPitch;
      const ahead = layout.tiles.heights[0] as number;
      copyRectangle(this.emission, { ...shared, outer, inner: along, pitch, ahead });
    }
  }

  /** Returns where the sums are. */
  private multiply(
    [from, to]: Range,
    panelHere: Atom,
    { panel, start, tile, columns }: TileHere,
  ): Atom {
    const b = this.emission.builder;
    const { add, sub, mul, less } = b.index;
    const { layout, cut } = this.plan;
    const { scratch } = this;
    const sum = add(mul(panelHere, scratch.panelSums), mul(tile, scratch.tileSums));
    const operands = {
      type: layout.type,
      rows: scratch.rows,
      row: start,
      rowPitch: scratch.rowPitch,
      termPitch: scratch.termPitch,
      columns: scratch.columns,
      column: this.columnPlace(from, columns, tile),
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
    return sum;
  }
}

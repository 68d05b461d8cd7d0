// Contractions: a packed, register-tiled matrix product over any views, with what follows it
// elementwise done on each tile while it is in cache.
//
//   pack:     the row side, once, as panels of `rows` rows: [batch, panel, k, row]
//   multiply: a unit takes a block of columns, copies it into scratch as [k, column], and walks the
//             panels; a tile of rows × columns lives in registers while k runs
//
// The order in which k is summed depends on the shape alone. Convolution is the same with a window
// view as the column side: columns are then cut by whole rows of the image, so copies are runs.

import type { Target } from "../../render/renderer.ts";
import { copyColumns } from "./contract-columns.ts";
import { finishTile } from "./contract-finish.ts";
import type { ContractSpecification } from "./contract-layout.ts";
import { packRows } from "./contract-pack.ts";
import { type ContractPlan, emissionFor, planContraction } from "./contract-plan.ts";
import { multiplyTile } from "./contract-tile.ts";
import { decode, sizeOfLoops } from "./loops.ts";
import { finishJob, type LoweredJob, writesOf } from "./lowered-job.ts";

/** Pack, then multiply. */
export function lowerContract(spec: ContractSpecification, target: Target): LoweredJob[] {
  const plan = planContraction(spec, target);
  return [packRows(plan), multiply(plan)];
}

function multiply(plan: ContractPlan): LoweredJob {
  const { spec, layout, cut } = plan;
  const { lanes, tile } = layout;
  const emission = emissionFor(plan, lanes);
  const b = emission.builder;
  const { add, sub, mul, div, mod, min } = b.index;
  const memory = spec.node.dtype;
  const width = tile.vectors * lanes;
  const terms = sizeOfLoops(layout.summed);
  const depth = b.int(terms, "depth");
  const pitch = b.int(cut.pitch, "pitch");
  const block = b.scratch(memory, cut.pitch * terms);
  const tileBuffer = b.scratch(memory, tile.rows * width);
  const packed = b.reads(plan.packed, 0);

  // unit = ((batch · outer columns + …) · column blocks + block) · row blocks + row block
  const rowBlocks = b.int(cut.rowBlocks, "rowBlocks");
  const rowBlock = mod(b.unit, rowBlocks);
  const above = div(b.unit, rowBlocks);
  const columnBlocks = b.int(cut.columnBlocks, "columnBlocks");
  const columnBlock = mod(above, columnBlocks);
  const matrix = div(above, columnBlocks);
  const outerSize = sizeOfLoops(layout.outerColumns);
  let batch = matrix;
  if (outerSize > 1) {
    const outer = b.int(outerSize, "outer");
    batch = div(matrix, outer);
    decode(emission, layout.outerColumns, mod(matrix, outer));
  }
  decode(emission, layout.batch, batch);

  const { firstColumn, columnCount } = copyColumns(emission, plan, { block, pitch, columnBlock });
  const count = b.int(sizeOfLoops(layout.rows), "rows");
  const panels = b.int(cut.panels, "panels");
  const panelsEach = b.int(cut.panelsEach, "panelsEach");
  const from = mul(rowBlock, panelsEach);
  const to = min(add(from, panelsEach), panels);
  const firstPanel = mul(batch, panels);
  const panelSize = mul(depth, tile.rows);
  b.loop(from, to, 1, (panel) => {
    const start = mul(add(firstPanel, panel), panelSize);
    const row = mul(panel, tile.rows);
    const rowsHere = min(tile.rows, sub(count, row));
    b.loop(0, columnCount, width, (column) => {
      multiplyTile(b, layout, { packed, start, block, pitch, column, depth, tileBuffer });
      const columnsHere = min(width, sub(columnCount, column));
      const rest = { row, rowsHere, column, columnsHere, firstColumn };
      finishTile(emission, plan, { tileBuffer, ...rest });
    });
  });
  return finishJob(b, {
    name: spec.name,
    units: cut.units,
    flops: cut.flops,
    roots: [layout.columnSide, ...spec.results.map((r) => r.value)],
    writes: writesOf(spec.results),
  });
}

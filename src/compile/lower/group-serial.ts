// Running sums, sorts and scatters. The axis they walk in order stays one loop; the others are rows.

import { is, type Node } from "../../ir/node.ts";
import { sizeOf } from "../../ir/shape.ts";
import { type Axis, type Index, indexOf, zero } from "../affine.ts";
import { flatten } from "../expression-table.ts";
import { type Grid, withGrid } from "../grid.ts";
import type { Reader } from "../reader.ts";
import type { Group } from "../schedule/group.ts";
import { lowerArgsort } from "./argsort.ts";
import { lowerCumsum } from "./cumsum.ts";
import { lowerLoop } from "./loop-kernel.ts";
import type { LoweredJob } from "./lowered-job.ts";
import { type LoweringContext, readerIn } from "./lowering-context.ts";
import { lowerScatter } from "./scatter.ts";

export function lowerAlong(
  node: Node<"cumsum"> | Node<"argsort">,
  group: Group,
  context: LoweringContext,
): LoweredJob | undefined {
  return withGrid(node.shape, (gridIn) => {
    const reader = readerIn(group, context);
    const grid = gridIn(reader.space);
    const { rows, along, at } = serialAxes(reader, grid, node.shape, node.arg.axis);
    const shared = {
      name: node.op,
      node,
      rows,
      along,
      value: reader.read(node.src[0] as Node, at),
      index: flatten(node.shape, at),
      reportCode: context.reportCode,
    };
    return is(node, "cumsum")
      ? lowerCumsum({ ...shared, reverse: node.arg.reverse }, context.target)
      : lowerArgsort({ ...shared, ...(node as Node<"argsort">).arg }, context.target);
  });
}

/** The target copied, then the writes. */
export function lowerWrites(
  node: Node<"scatter">,
  group: Group,
  context: LoweringContext,
): (LoweredJob | undefined)[] {
  return [lowerCopy(node, group, context), lowerScattering(node, group, context)];
}

function lowerCopy(
  node: Node<"scatter">,
  group: Group,
  context: LoweringContext,
): LoweredJob | undefined {
  return withGrid(node.shape, (gridIn) => {
    const reader = readerIn(group, context);
    const grid = gridIn(reader.space);
    const value = reader.read(node.src[0] as Node, grid.at);
    const result = { node, value, index: flatten(node.shape, grid.at), full: false };
    return lowerLoop(
      {
        name: "scatter copy",
        outer: grid.loops(),
        inner: [],
        reductions: [],
        results: [result],
        reportCode: context.reportCode,
      },
      context.target,
    );
  });
}

function lowerScattering(
  node: Node<"scatter">,
  group: Group,
  context: LoweringContext,
): LoweredJob | undefined {
  const [, index, values] = node.src as [Node, Node, Node];
  const { axis, kind } = node.arg;
  return withGrid(index.shape, (gridIn) => {
    const reader = readerIn(group, context);
    const grid = gridIn(reader.space);
    const { rows, along, at } = serialAxes(reader, grid, index.shape, axis);
    const withoutAxis = grid.at.map((x, i) => (i === axis ? zero : x));
    return lowerScatter(
      {
        name: "scatter",
        node,
        rows,
        along,
        found: reader.checked(reader.read(index, at), node.shape[axis] as number, "scatter"),
        value: reader.read(values, at),
        index: flatten(node.shape, withoutAxis),
        step: sizeOf(node.shape.slice(axis + 1)),
        kind,
        reportCode: context.reportCode,
      },
      context.target,
    );
  });
}

/** One axis walked in order, as one loop that is never cut; all others as rows. */
function serialAxes(
  reader: Reader,
  grid: Grid,
  shape: readonly number[],
  axis: number,
): { rows: Axis[]; along: Axis; at: Index[] } {
  const along = reader.space.axis(shape[axis] as number, { whole: true });
  return {
    rows: grid.loops((i) => i !== axis),
    along,
    at: grid.at.map((x, i) => (i === axis ? indexOf(along) : x)),
  };
}

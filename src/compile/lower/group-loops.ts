// Reductions and elementwise values that share their loops, as one loop kernel.

import { CompileError } from "../../ir/errors.ts";
import { is, type Node } from "../../ir/node.ts";
import type { Index } from "../affine.ts";
import type { Reduction } from "../expression.ts";
import { flatten } from "../expression-table.ts";
import { type Grid, withGrid } from "../grid.ts";
import type { Reader } from "../reader.ts";
import { placeIn } from "../schedule/alignment.ts";
import { type Domain, domainOf, type Group } from "../schedule/group.ts";
import { lowerColumnSums } from "./column-sums.ts";
import { sumOfTaps } from "./group-fold.ts";
import { type LoopResult, lowerLoop } from "./loop-kernel.ts";
import type { LoweredJob } from "./lowered-job.ts";
import { type LoweringContext, nameOf, readerIn } from "./lowering-context.ts";
import type { RowSumsOfTarget } from "./row-sums.ts";

export function lowerLoops(group: Group, context: LoweringContext): LoweredJob | undefined {
  const domain = domainOf(group);
  const isInner = (axis: number): boolean => domain.inner.includes(axis);
  return withGrid(domain.shape, (gridIn) => {
    const reductions = new Map<Node, Reduction>();
    const reader: Reader = readerIn(group, context, (n) => {
      const found = reductions.get(n);
      return found && reader.reduced(found);
    });
    const grid = gridIn(reader.space);
    let inner = grid.loops(isInner);
    for (const point of group.points) {
      if (is(point, "fold")) {
        const sum = sumOfTaps(point, reader, grid.at);
        reductions.set(point, sum);
        // An axis that no other reduction has.
        inner = [...sum.inner];
      }
      if (!is(point, "reduce")) continue;
      const body = reader.read(point.src[0] as Node, grid.at);
      const { id, dtype } = point;
      reductions.set(point, { id, kind: point.arg.kind, dtype, body, inner });
    }
    const results = group.points
      .filter((point) => context.stored.has(point))
      .map((node): LoopResult => {
        const at = placeOf(node, domain, grid);
        const full = domain.inner.length > 0 && sameAxes(at, grid.at);
        return { node, value: reader.read(node, at), index: flatten(node.shape, at), full };
      });
    const loops = {
      name: nameOf(group.points),
      outer: grid.loops((axis) => !isInner(axis)),
      inner,
      reductions: [...reductions.values()],
      results,
      reportCode: context.reportCode,
    };
    const { target } = context;
    const rowSums = target.rowSums as RowSumsOfTarget | undefined;
    const sums = rowSums?.lower(loops, target) ?? lowerColumnSums(loops, target);
    return sums ?? lowerLoop(loops, target);
  });
}

function placeOf(node: Node, domain: Domain, grid: Grid): readonly Index[] {
  const at = is(node, "reduce")
    ? grid.at.filter((_, axis) => !domain.inner.includes(axis))
    : placeIn(node.shape, domain, grid.at);
  if (!at) throw new CompileError(`${node.op}: has no place in its kernel's loops`);
  return at;
}

const sameAxes = (a: readonly Index[], b: readonly Index[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

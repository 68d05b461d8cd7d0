// A fold as a loop kernel: for each element, the taps that reach it.

import { CompileError } from "../../ir/errors.ts";
import type { Node } from "../../ir/node.ts";
import { type Index, indexOf, plus, times } from "../affine.ts";
import type { Condition, Reduction } from "../expression.ts";
import { flatten } from "../expression-table.ts";
import { withGrid } from "../grid.ts";
import type { Reader } from "../reader.ts";
import { placeIn } from "../schedule/alignment.ts";
import type { Group } from "../schedule/group.ts";
import { type LoopResult, lowerLoop } from "./loop-kernel.ts";
import type { LoweredJob } from "./lowered-job.ts";
import { type LoweringContext, nameOf, readerIn } from "./lowering-context.ts";

export function lowerFold(
  fold: Node<"fold">,
  group: Group,
  context: LoweringContext,
): LoweredJob | undefined {
  const { axis, stride, dilation } = fold.arg;
  const source = fold.src[0] as Node;
  const taps = source.shape[axis + 1] as number;
  const span = ((source.shape[axis] as number) - 1) * stride + 1;
  return withGrid(fold.shape, (gridIn) => {
    let reduction: Reduction | undefined;
    const reader: Reader = readerIn(group, context, (n) =>
      n === fold && reduction ? reader.reduced(reduction) : undefined,
    );
    const grid = gridIn(reader.space);
    const tap = reader.space.axis(taps, { whole: true });
    const shifted = plus(grid.at[axis] as Index, times(indexOf(tap), -dilation));
    const conditions: Condition[] = [{ index: shifted, extent: span }];
    if (stride > 1) conditions.push({ index: shifted, extent: span, multiple: stride });
    const position = stride > 1 ? reader.exactQuotient(shifted, stride) : shifted;
    const value = reader.read(source, [
      ...grid.at.slice(0, axis),
      position,
      indexOf(tap),
      ...grid.at.slice(axis + 1),
    ]);
    const { id, dtype } = fold;
    const body = reader.guard(conditions, value, reader.number(0, dtype));
    reduction = { id, kind: "add", dtype, body, inner: [tap] };
    const results = group.points
      .filter((point) => context.stored.has(point))
      .map((node): LoopResult => {
        const at = placeIn(node.shape, { shape: fold.shape, inner: [] }, grid.at);
        if (!at) throw new CompileError(`${node.op}: has no place in a fold's loops`);
        const index = flatten(node.shape, at);
        return { node, value: reader.read(node, at), index, full: false };
      });
    return lowerLoop(
      {
        name: nameOf(group.points),
        outer: grid.loops(),
        inner: [tap],
        reductions: [reduction],
        results,
        reportCode: context.reportCode,
      },
      context.target,
    );
  });
}

// A contraction and what follows it elementwise. Its axes are those of the values that follow, which
// may be a view of it: each axis is found again in the labels of the operands.

import type { Node } from "../../ir/node.ts";
import type { Axis, Index } from "../affine.ts";
import { formOf, sizeOfLabel, summedLabels } from "../contraction.ts";
import { flatten } from "../expression-table.ts";
import { withGrid } from "../grid.ts";
import type { Reader } from "../reader.ts";
import type { Group } from "../schedule/group.ts";
import { lowerContract } from "./contract-kernel.ts";
import type { ContractSpecification } from "./contract-layout.ts";
import type { LoweredJob, Result } from "./lowered-job.ts";
import { type LoweringContext, nameOf, readerIn } from "./lowering-context.ts";
import type { LoweredForm } from "./product-form.ts";

export function lowerContraction(
  contract: Node<"contract">,
  group: Group,
  context: LoweringContext,
): LoweredJob[] {
  const [a, b] = contract.src as [Node, Node];
  const { a: labelsA, b: labelsB, out } = contract.arg;
  const summed = summedLabels(contract);
  const primary = group.points[1] ?? contract;
  const rank = primary.shape.length;
  const shape = [...primary.shape, ...summed.map((l) => sizeOfLabel(contract, l))];
  return withGrid(shape, (gridIn) => {
    let seen: readonly Index[] | undefined;
    const reader: Reader = readerIn(group, context, (n, at) => {
      if (n !== contract) return undefined;
      seen = at;
      return reader.given(contract, domain);
    });
    const grid = gridIn(reader.space);
    const domain = grid.loops((axis) => axis < rank);
    const at = grid.at.slice(0, rank);
    const results = group.points
      .filter((point) => point !== contract && context.stored.has(point))
      .map((node): Result => {
        return { node, value: reader.read(node, at), index: flatten(node.shape, at) };
      });
    const place = seen ?? at;
    if (context.stored.has(contract)) {
      const value = reader.given(contract, domain);
      results.push({ node: contract, value, index: flatten(contract.shape, place) });
    }
    const positionOf = (label: number): Index =>
      (out.includes(label)
        ? place[out.indexOf(label)]
        : grid.at[rank + summed.indexOf(label)]) as Index;
    const wide = domain.filter((x) => x.extent !== 1);
    /** Axes of the result whose label the operands have or have not. */
    const axesOf = (inA: boolean, inB: boolean): Axis[] =>
      wide.filter((axis) => {
        const i = place.findIndex((index) => index.terms.some((t) => t.atom === axis));
        const label = out[i] as number;
        return labelsA.includes(label) === inA && labelsB.includes(label) === inB;
      });
    const spec: ContractSpecification = {
      name: nameOf(group.points),
      node: contract,
      a: reader.read(a, labelsA.map(positionOf)),
      b: reader.read(b, labelsB.map(positionOf)),
      batch: axesOf(true, true),
      freeA: axesOf(true, false),
      freeB: axesOf(false, true),
      summed: grid.loops((axis) => axis >= rank),
      results,
      reportCode: context.reportCode,
      hoisting: context.hoisting,
    };
    const { target } = context;
    const form = (formOf(a) ?? formOf(b)) as LoweredForm | undefined;
    return form?.lower(spec, target) ?? lowerContract(spec, target);
  });
}

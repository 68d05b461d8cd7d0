// What the two kernels of a contraction share.

import { makeNode, type Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { KernelBuilder } from "../builder.ts";
import { Emission } from "../emission.ts";
import { type ContractCut, cutContraction } from "./contract-cut.ts";
import { type ContractLayout, type ContractSpecification, layOut } from "./contract-layout.ts";
import { sizeOfLoops } from "./loops.ts";

export interface ContractPlan {
  readonly spec: ContractSpecification;
  readonly target: Target;
  readonly layout: ContractLayout;
  readonly cut: ContractCut;
  /** Where the packed rows are. */
  readonly packed: Node;
}

export function planContraction(spec: ContractSpecification, target: Target): ContractPlan {
  const layout = layOut(spec, target);
  const { dtype } = spec.node;
  const cut = cutContraction(layout, dtype, target);
  const panelSize = sizeOfLoops(layout.summed) * layout.tile.rows;
  const elements = sizeOfLoops(layout.batch) * cut.panels * panelSize;
  const packed = makeNode("buffer", [], null, [elements], dtype);
  return { spec, target, layout, cut, packed };
}

/** What writes one of the kernels. */
export function emissionFor({ spec, layout }: ContractPlan, lanes: number): Emission {
  const emission = new Emission(new KernelBuilder(lanes), spec.reportCode);
  for (const axis of layout.still) emission.place(axis, 0);
  return emission;
}

// What all parts of a contraction's kernel share.

import type { Node } from "../../ir/node.ts";
import type { Target } from "../../render/renderer.ts";
import { isMadeOf } from "../expression-walk.ts";
import { type ContractCut, cutContraction } from "./contract-cut.ts";
import { type ContractLayout, type ContractSpecification, layOut } from "./contract-layout.ts";
import { packedColumns } from "./contract-pack.ts";

export interface ContractPlan {
  readonly spec: ContractSpecification;
  readonly target: Target;
  readonly layout: ContractLayout;
  readonly cut: ContractCut;
  /** The columns copied for all units, where a loop would only copy them again. */
  readonly packed: Node | undefined;
}

export function planContraction(spec: ContractSpecification, target: Target): ContractPlan {
  const layout = layOut(spec, target);
  const packed = isMadeOf(layout.columns.value, spec.lasting)
    ? packedColumns(spec, layout)
    : undefined;
  return { spec, target, layout, cut: cutContraction(layout, spec.node.dtype, target), packed };
}

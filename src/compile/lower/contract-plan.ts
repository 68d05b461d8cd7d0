// What all parts of a contraction's kernel share.

import type { Target } from "../../render/renderer.ts";
import { type ContractCut, cutContraction } from "./contract-cut.ts";
import { type ContractLayout, type ContractSpecification, layOut } from "./contract-layout.ts";

export interface ContractPlan {
  readonly spec: ContractSpecification;
  readonly target: Target;
  readonly layout: ContractLayout;
  readonly cut: ContractCut;
}

export function planContraction(spec: ContractSpecification, target: Target): ContractPlan {
  const layout = layOut(spec, target);
  return { spec, target, layout, cut: cutContraction(layout, spec.node.dtype, target) };
}

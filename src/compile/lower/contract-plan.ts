// What all parts of a contraction's kernel share.

import type { Target } from "../../render/renderer.ts";
import { type ContractCut, cutContraction } from "./contract-cut.ts";
import { type ContractLayout, type ContractSpecification, layOut } from "./contract-layout.ts";
import type { PackedColumns } from "./contract-pack.ts";

export interface ContractPlan {
  readonly spec: ContractSpecification;
  readonly target: Target;
  readonly layout: ContractLayout;
  readonly cut: ContractCut;
  /** The columns copied for all units, where a loop would only copy them again. */
  readonly packed: PackedColumns | undefined;
}

export function planContraction(spec: ContractSpecification, target: Target): ContractPlan {
  const layout = layOut(spec, target);
  const packed = spec.hoisting?.pack(spec, layout);
  return { spec, target, layout, cut: cutContraction(layout, spec.node.dtype, target), packed };
}

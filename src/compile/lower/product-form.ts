// How products with windows are lowered, if not as other products. Whoever makes the windows brings it:
// convolutions are most of the compiler, and a program without windows need not load them.

import type { ProductForm } from "../../ir/op.ts";
import type { Target } from "../../render/renderer.ts";
import type { ContractSpecification } from "./contract-layout.ts";
import type { LoweredJob } from "./lowered-job.ts";

/** What a form is to the compiler. */
export interface LoweredForm extends ProductForm {
  /** The jobs of a product; undefined where it is to be one like others. */
  lower(spec: ContractSpecification, target: Target): LoweredJob[] | undefined;
}

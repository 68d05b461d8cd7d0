// What a loop says of memory that stays the same through all its turns, and how products make use of it.
// Loops bring it: a program without one need not load how columns are copied ahead.

import type { Node } from "../../ir/node.ts";
import type { Expression } from "../expression.ts";
import { isMadeOf } from "../expression-walk.ts";
import type { ContractLayout, ContractSpecification } from "./contract-layout.ts";
import { type PackedColumns, packedColumns } from "./contract-pack.ts";

export interface Hoisting {
  /** Inputs that stay as they are through all turns of the loop around. */
  readonly lasting: ReadonlySet<Node>;
  /** Whether a value is the same in every turn. */
  isLasting(value: Expression): boolean;
  /** The columns of a product as they are copied before the loop; undefined where they change. */
  pack(spec: ContractSpecification, layout: ContractLayout): PackedColumns | undefined;
}

export function hoistingOf(lasting: ReadonlySet<Node>): Hoisting {
  const isLasting = (value: Expression): boolean => isMadeOf(value, lasting);
  return {
    lasting,
    isLasting,
    pack: (spec, layout) =>
      isLasting(layout.columns.value) ? packedColumns(spec, layout) : undefined,
  };
}

// Which type a result has: one table, which is a promise to users.
//
// | operands                              | result                                               |
// | ------------------------------------- | ---------------------------------------------------- |
// | two tensors                           | the later of bool < u8 < i32 < u32 < f32 < f64       |
// | f16 or bf16; i8                       | stored only: counts as f32; as i32                   |
// | tensor and whole number               | the tensor's type (of a bool tensor: i32)            |
// | floating tensor and any number        | the tensor's type                                    |
// | integer or bool tensor and a fraction | f32 (NaN and ±Infinity are fractions)                |
// | `div`, `mean`, `exp`, `sin`, …        | integers and bool become f32 first                   |
// | `add`, `mul`, `sub` of two bools      | i32                                                  |
// | `sum`, `prod`, `cumSum`, contractions | u8, i8 and bool become i32; integers wrap            |
// | comparisons, `isNaN`, `any`, `all`    | bool                                                 |
// | `argMax`, `argSort`, indices          | i32                                                  |

import { type DType, promote } from "../ir/dtype.ts";

/**
 * The type of a result of two operands: the later of bool < u8 < i32 < u32 < f32 < f64.
 *
 * f16 and bf16 count as f32, i8 as i32: they are for storage only.
 *
 * @example
 * promoteTypes("u8", "i32"); // "i32"
 */
export function promoteTypes(a: DType, b: DType): DType {
  return promote(a, b);
}

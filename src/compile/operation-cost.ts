// What an operation on one element costs, in kernel instructions: the one table that the scheduler,
// the loops and the work on paper all read. A function costs the instructions of its f32 polynomial
// (math-f32.ts), random bits those of their rounds; a division or a root, which is one instruction,
// costs those that a machine could do meanwhile. Other dtypes are not told apart.

import type { Elementwise } from "../ir/op.ts";

/** Instructions of each operation. What only says how bits are to be read is free. */
export const operationCost: Readonly<Record<Elementwise, number>> = {
  neg: 1,
  exp: 14,
  expm1: 19,
  log: 30,
  log1p: 29,
  sin: 28,
  cos: 26,
  tanh: 28,
  erf: 32,
  sqrt: 4,
  floor: 1,
  cast: 0,
  bitcast: 0,
  add: 1,
  mul: 1,
  div: 3,
  mod: 6,
  max: 1,
  less: 1,
  equal: 1,
  and: 1,
  or: 1,
  xor: 1,
  shl: 1,
  shr: 1,
  where: 1,
  threefry: 113,
};

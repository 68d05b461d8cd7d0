// All parameters of a network as one vector: what methods take that know nothing of layers.

import { ShapeError } from "../ir/errors.ts";
import { commit, type Parameter } from "../tensor/cell.ts";
import { concat } from "../tensor/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { showShape } from "./shape.ts";

/** A module, or parameters in a list or by name. */
export type ParametersOf = Module | readonly Parameter[] | Readonly<Record<string, Parameter>>;

/** Each parameter once, in the order of the module's. */
function distinct(of: ParametersOf): Parameter[] {
  return [...new Set(Object.values(of instanceof Module ? of.parameters() : of) as Parameter[])];
}

/**
 * The parameters one after the other, each row by row; a tied one once.
 *
 * @returns  [numbers in all], differentiable
 * @example
 * parametersToVector(new nn.Linear(3, 2)).shape; // [8]
 */
export const parametersToVector = (parameters: ParametersOf): Tensor =>
  concat(distinct(parameters).map((parameter) => parameter.flatten()));

/**
 * Sets the parameters to the numbers of a vector: parametersToVector undone.
 *
 * @param vector  [numbers in all]
 * @throws ShapeError  the vector has more or fewer numbers; then nothing was changed
 * @example
 * const layer = new nn.Linear(2, 1);
 * vectorToParameters(tensor([1, 2, 3]), layer); // weight [[1, 2]], bias [3]
 */
export function vectorToParameters(vector: Tensor, parameters: ParametersOf): void {
  const cells = distinct(parameters);
  const size = cells.reduce((sum, cell) => sum + cell.size, 0);
  if (vector.rank !== 1 || vector.size !== size) {
    throw new ShapeError(
      `vectorToParameters: the vector must be [${size}], the numbers of all parameters, not ${showShape(vector.shape)}`,
    );
  }
  let start = 0;
  const values = cells.map((cell) => {
    const part = vector.at(`${start}:${start + cell.size}`).reshape(cell.shape);
    start += cell.size;
    return part.cast(cell.dtype);
  });
  commit(cells, values);
}

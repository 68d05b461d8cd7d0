// A module as a function of its parameters: what vmap, jvp and Hessian products over weights take.

import { DataError } from "../ir/errors.ts";
import type { Cell } from "../tensor/cell.ts";
import { withCells } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { treeSymbol } from "../tensor/tree.ts";
import type { Module } from "./module.ts";

/** A module with a forward. */
export type Functional<A extends readonly unknown[] = readonly unknown[], R = unknown> = Module & {
  forward(...args: A): R;
};

/**
 * (parameters, …x) ↦ model.forward(…x) with these values in place of the model's own.
 *
 * Parameters that are not given keep their values. What forward assigns (running statistics) stays
 * inside, so the model does not change.
 *
 * @param model  any module with a forward
 * @returns      a pure function; its first argument is keyed like the state dict
 * @throws DataError   a name that the model does not have
 * @throws ShapeError  a value does not fit its parameter
 * @example
 * const model = new Linear(2, 1, { bias: false });
 * functional(model)({ weight: ones([1, 2]) }, tensor([[1, 2]])); // [[3]]
 */
export function functional<A extends readonly unknown[], R>(
  model: Functional<A, R>,
): (parameters: Readonly<Record<string, Tensor>>, ...args: A) => R {
  return (parameters, ...args) => runInside(model, parameters, args);
}

/** Calls forward with other values for some cells; assignments stay inside. */
export function runInside<A extends readonly unknown[], R>(
  model: Functional<A, R>,
  values: Readonly<Record<string, Tensor>>,
  args: A,
): R {
  const left = new Set(Object.keys(values));
  const inside = new Map<Cell, Tensor>();
  for (const [name, cell] of model[treeSymbol]()) {
    const given = left.delete(name) ? values[name] : undefined;
    if (given !== undefined) inside.set(cell, given);
    else if (!inside.has(cell)) inside.set(cell, cell);
  }
  if (left.size > 0) {
    throw new DataError(
      `functional: ${model.constructor.name} has no ${[...left].map((name) => `"${name}"`).join(", ")}; the names are those of its stateDict()`,
    );
  }
  return withCells(inside, () => model.forward(...args));
}

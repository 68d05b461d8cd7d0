// A parameter that is computed from others: what weight and spectral normalisation, masks and orthogonal
// matrices are made of. The layer reads its field as before; what is trained and saved are the parts.

import { ArgumentError } from "../ir/errors.ts";
import { type Cell, Parameter } from "../tensor/cell.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Module } from "./module.ts";

/** How a parameter is computed from parts. */
export interface Reparametrization<P extends Readonly<Record<string, Cell>>> {
  /** The field that holds the parameter. Default "weight". */
  name?: string;
  /** The parts by name, from the value that the parameter has: cells, trained or not. */
  parts: (value: Tensor) => P;
  /** The value, of the parameter's shape, each time that the field is read. */
  value: (parts: P) => Tensor;
}

/** The parts of every field that is computed, by layer. */
const replaced = new WeakMap<Module, Map<string, Readonly<Record<string, Cell>>>>();

/**
 * Gives a layer a value that is computed from parts, in place of a parameter.
 *
 * In the state dict and among the parameters `weight` is replaced by its parts: `weight_part` for each,
 * as PyTorch's weight_norm names them. Wrap a layer before its parameters go to an optimiser.
 *
 * @param layer    changed in place: any module with a parameter in the field
 * @param options  name; parts, value
 * @returns        the layer
 * @throws ArgumentError  the field holds no parameter, or is computed already
 * @example
 * const symmetric = reparametrize(new nn.Linear(2, 2), {
 *   parts: (weight) => ({ half: new Parameter(weight) }),
 *   value: ({ half }) => half.add(half.T).div(2),
 * });
 * Object.keys(symmetric.parameters()); // ["bias", "weight_half"]
 */
export function reparametrize<M extends Module, P extends Readonly<Record<string, Cell>>>(
  layer: M,
  options: Reparametrization<P>,
): M {
  replaceParameter("reparametrize", layer, options);
  return layer;
}

/** reparametrize for an operation by its own name; gives the parts. */
export function replaceParameter<P extends Readonly<Record<string, Cell>>>(
  operation: string,
  layer: Module,
  { name = "weight", parts: partsOf, value }: Reparametrization<P>,
): P {
  const fields = layer as unknown as Record<string, unknown>;
  const weight = fields[name];
  if (!(weight instanceof Parameter) || !Object.hasOwn(fields, name)) {
    throw new ArgumentError(
      `${operation}: ${layer.constructor.name} has no parameter by the name "${name}"${isReparametrized(layer, name) ? "; it is computed from others already" : ""}`,
    );
  }
  const parts = partsOf(weight.snapshot());
  delete fields[name];
  for (const [part, cell] of Object.entries(parts)) fields[`${name}_${part}`] = cell;
  // Not enumerable, so that it is no part of the module.
  Object.defineProperty(layer, name, {
    configurable: true,
    enumerable: false,
    get(this: Record<string, Cell>): Tensor {
      const now = Object.keys(parts).map((part) => [part, this[`${name}_${part}`]]);
      return value(Object.fromEntries(now) as P);
    },
  });
  const known = replaced.get(layer) ?? new Map();
  replaced.set(layer, known.set(name, parts));
  return parts;
}

/** Whether a parameter of a layer is computed from others. */
export const isReparametrized = (layer: Module, name = "weight"): boolean =>
  replaced.get(layer)?.has(name) ?? false;

/**
 * Puts one parameter back in the place of its parts, with the value that they give.
 *
 * @throws ArgumentError  the parameter is not computed from others
 * @example
 * const layer = nn.weightNorm(new nn.Linear(3, 2));
 * Object.keys(removeReparametrization(layer).parameters()); // ["bias", "weight"]
 */
export function removeReparametrization<M extends Module>(layer: M, name = "weight"): M {
  restoreParameter("removeReparametrization", layer, name);
  return layer;
}

/** removeReparametrization for an operation by its own name. */
export function restoreParameter(operation: string, layer: Module, name: string): void {
  const fields = layer as unknown as Record<string, unknown>;
  const parts = replaced.get(layer)?.get(name);
  if (parts === undefined) {
    throw new ArgumentError(
      `${operation}: "${name}" of ${layer.constructor.name} is not computed from others`,
    );
  }
  const weight = new Parameter((fields[name] as Tensor).detach());
  for (const field of [name, ...Object.keys(parts).map((part) => `${name}_${part}`)]) {
    delete fields[field];
  }
  fields[name] = weight;
  replaced.get(layer)?.delete(name);
}

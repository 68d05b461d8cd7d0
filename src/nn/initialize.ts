// initialize: an initialiser for every weight of a network at once.

import { ArgumentError } from "../ir/errors.ts";
import type { Parameter } from "../tensor/cell.ts";
import { zeros } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { FloatType, InitOptions } from "./init.ts";
import type { Module } from "./module.ts";
import { isBias } from "./state-keys.ts";

/** A function from a shape to a tensor, as xavierUniform. */
export type Initializer = (shape: readonly number[], options: InitOptions) => Tensor;

export interface InitializeOptions extends Omit<InitOptions, "dtype"> {
  /** For parameters of two axes and more. Default: they stay */
  weight?: Initializer;
  /** For parameters of one axis that are called bias. Default: zeros */
  bias?: Initializer;
}

/**
 * Sets the weights and biases of a module and of those in it.
 *
 * Parameters of one axis by another name, such as the gains of a normalisation, stay as they are.
 *
 * @param module   changed in place
 * @param options  weight, bias; generator
 * @returns        the module
 * @source  seed 004 §Training a NN: the first parameters are random numbers
 * @example
 * init.initialize(new Linear(2, 3), { weight: init.xavierUniform });
 */
export function initialize<M extends Module>(
  module: M,
  { weight, bias = (shape, { dtype }) => zeros(shape, { dtype }), generator }: InitializeOptions,
): M {
  for (const [option, draw] of Object.entries({ weight, bias })) {
    if (draw === undefined || typeof draw === "function") continue;
    throw new ArgumentError(
      `init.initialize: ${option} must be a function from a shape to a tensor, not ${String(draw)}`,
    );
  }
  for (const [name, parameter] of Object.entries(module.parameters())) {
    const draw = parameter.rank > 1 ? weight : isBias(name) ? bias : undefined;
    if (draw !== undefined) set(parameter, draw, generator);
  }
  return module;
}

function set(parameter: Parameter, draw: Initializer, generator: InitOptions["generator"]): void {
  const dtype: FloatType = parameter.dtype === "f64" ? "f64" : "f32";
  parameter.assign(draw(parameter.shape, { dtype, generator }));
}

// How large a network is. Parameters are lazy until they are used, so that counting those of a network
// of any size takes no memory.

import type { Module } from "./module.ts";

/** Options of countParameters. */
export interface CountOptions {
  /** Only those that are trained. Default false: frozen ones too. */
  trained?: boolean;
}

/**
 * How many numbers are in a module's parameters, each once, however many names it has.
 *
 * Nothing is computed or allocated: the parameters of a new network have no values yet.
 *
 * @param module   a layer or a network
 * @param options  trained: leave out what is frozen
 * @example
 * countParameters(new nn.Linear(3, 2)); // 8
 */
export function countParameters(module: Module, { trained = false }: CountOptions = {}): number {
  let count = 0;
  for (const parameter of new Set(Object.values(module.parameters()))) {
    if (!trained || parameter.requiresGrad) count += parameter.size;
  }
  return count;
}

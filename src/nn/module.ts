// Module: a class whose fields are parameters (trained), states (remembered) and modules, or arrays
// and records of these. Nothing is registered: parameters are found by walking the fields, and their
// names are the paths of the fields, so a module is also a tree keyed like its state dict.

import { HebbError } from "../ir/errors.ts";
import { Cell, Parameter } from "../tensor/cell.ts";
import { type CellTree, treeSymbol } from "../tensor/tree.ts";
import { guarded, guardTrained } from "./guards.ts";
import { join, partsOf } from "./parts.ts";
import {
  type LoadOptions,
  type LoadReport,
  loadCells,
  type StateDict,
  snapshot,
} from "./state-dict.ts";
import * as stateKeys from "./state-keys.ts";
import { type SummaryOptions, summarize } from "./summary.ts";

/**
 * What layers and networks extend.
 *
 * Fields that hold a Parameter, a State, a Module, or arrays or plain records of these belong to the
 * module; a plain tensor is neither saved nor trained. #private fields cannot be seen and are
 * refused.
 *
 * @example
 * class Scale extends Module {
 *   readonly factor = new Parameter(ones([]));
 *   forward(x: Tensor): Tensor {
 *     return x.mul(this.factor);
 *   }
 * }
 * Object.keys(new Scale().stateDict()); // ["factor"]
 */
export abstract class Module implements CellTree {
  /** Whether dropout drops and statistics are taken from the batch; set by train() and eval(). */
  training = true;

  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: a trace must see what is read from fields
    return guarded(this);
  }

  /** State-dict names of fields that go by another name there. */
  get fieldNames(): stateKeys.FieldNames {
    return stateKeys.module;
  }

  /** The tree protocol: all cells by name. A cell in several places is given under each name. */
  [treeSymbol](): Iterable<readonly [name: string, cell: Cell]> {
    return cellsOf(this);
  }

  /** The parameters by name, frozen ones too: what an optimiser takes. */
  parameters(): Record<string, Parameter> {
    const found: Record<string, Parameter> = {};
    for (const [name, cell] of cellsOf(this)) if (cell instanceof Parameter) found[name] = cell;
    return found;
  }

  /** This module (under the empty name) and those in it by name, each once. */
  modules(): Map<string, Module> {
    const names = new Map<Module, string>();
    const visit = (module: Module, name: string): void => {
      if (names.has(module)) return;
      names.set(module, name);
      for (const [key, part] of partsOf(module, module.fieldNames)) {
        if (part instanceof Module) visit(part, join(name, key));
      }
    };
    visit(this, "");
    return new Map([...names].map(([module, name]) => [name, module]));
  }

  /**
   * The values of all parameters and states by name, as they are now.
   *
   * @returns  tensors that later steps do not change; a tied parameter appears under each name
   */
  stateDict(): StateDict {
    return snapshot(cellsOf(this));
  }

  /**
   * Sets parameters and states from a state dict: of this library or of PyTorch's same layers.
   *
   * @param dict     tensors by name; floating types are converted
   * @param options  strict, default true: a missing or unexpected name is an error
   * @returns        the names passed over
   * @throws ArgumentError  something does not fit; the message names every key, and nothing was changed
   */
  loadStateDict(dict: Readonly<StateDict>, options: LoadOptions = {}): LoadReport {
    return loadCells(this.constructor.name, cellsOf(this), dict, options);
  }

  /** Sets this module and those in it to training, or with false to evaluation. */
  train(training = true): this {
    for (const module of this.modules().values()) module.training = training;
    return this;
  }

  /** Sets this module and those in it to evaluation. */
  eval(): this {
    return this.train(false);
  }

  /** Takes the parameters out of training: optimisers leave them, gradients pass them over. */
  freeze(): this {
    for (const parameter of Object.values(this.parameters())) parameter.requiresGrad = false;
    return this;
  }

  /** Puts the parameters back into training. */
  unfreeze(): this {
    for (const parameter of Object.values(this.parameters())) parameter.requiresGrad = true;
    return this;
  }

  /**
   * A table of the modules and their numbers of parameters.
   *
   * @param options  input: the shape of an input (or an input), to show the shapes of results too;
   *   nothing is computed for it
   */
  summary(options: SummaryOptions = {}): string {
    return summarize(this, options);
  }

  /** What Node's console shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.summary();
  }
}

/** The cells of a module by name; `above` holds the modules that it is in. */
function cellsOf(module: Module, above: readonly Module[] = []): [string, Cell][] {
  if (above.includes(module)) {
    throw new HebbError(
      `${module.constructor.name}: a module contains itself; keep a reference to the module above it in a function, not in a field`,
    );
  }
  const inside = [...above, module];
  const found: [string, Cell][] = [];
  for (const [name, part] of partsOf(module, module.fieldNames)) {
    if (part instanceof Cell) found.push([name, part]);
    else {
      const inner = part instanceof Module ? cellsOf(part, inside) : part[treeSymbol]();
      for (const [below, cell] of inner) found.push([join(name, below), cell]);
    }
  }
  if (above.length > 0) return found;
  const names = new Set<string>();
  for (const [name, cell] of found) {
    if (names.has(name)) {
      throw new HebbError(`${module.constructor.name}: two values go by the name "${name}"`);
    }
    names.add(name);
    // The longest name says most in a message.
    if (name.length > cell.slot.name.length) cell.slot.name = name;
    if (cell instanceof Parameter) guardTrained(cell);
  }
  return found;
}

// Optimizer: from gradients to new parameters. A method is one pure function of a parameter, its
// gradient and its slots; everything else is here: names, groups, the step count, schedules, tied and
// frozen parameters, checkpoints. Outside a compiled function a step executes in one program.

import { type DType, dtypes } from "../ir/dtype.ts";
import { ArgumentError, DataError, ShapeError } from "../ir/errors.ts";
import { equalShapes, showShape } from "../nn/shape.ts";
import { type LoadReport, loadCells, type StateDict, snapshot } from "../nn/state-dict.ts";
import { type Cell, commit, lend, Parameter, State } from "../tensor/cell.ts";
import { zeros } from "../tensor/create.ts";
import { withCells } from "../tensor/engine.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { guard } from "../tensor/trace.ts";
import { flatten, treeSymbol } from "../tensor/tree.ts";
import { ParameterGroup, type Rate } from "./group.ts";
import { checkSettings, withDefaults } from "./settings.ts";

/** What every method takes. */
export interface OptimizerOptions {
  /** Learning rate: a number, or a function of the steps done so far. */
  lr?: Rate;
}

/** Options for some of the parameters. */
export type GroupOptions<O> = Omit<O, "groups"> & {
  /** A tree of parameters that the optimiser was given, for example model.head.parameters(). */
  parameters: unknown;
};

/** What an update knows beside the parameter. */
export interface UpdateContext<O> {
  /** Steps with this one: 1, 2, … In the type of the parameter, 0-d. */
  readonly step: Tensor;
  /** Learning rate, in the type of the parameter, 0-d. */
  readonly lr: Tensor;
  readonly options: Readonly<O>;
}

/** What an update returns: the new parameter and its new slots. */
export interface Updated {
  readonly p: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
}

/** What a method tells the base class. */
export interface Setup<O> {
  readonly lr: Rate;
  /** Other settings for some parameters. */
  readonly groups?: readonly GroupOptions<Partial<O> & OptimizerOptions>[];
  /** The options of the method, complete. */
  readonly settings: Readonly<O>;
}

interface Entry<O> {
  readonly cell: Parameter;
  /** A tied parameter has several; the first one names its slots. */
  readonly names: readonly string[];
  readonly group: ParameterGroup<O>;
  readonly isTrained: () => boolean;
  slots?: Record<string, State>;
}

/**
 * What optimisers extend: a method fills in `update`, pure and for one parameter, and names its slots.
 *
 * Parameters are a module, model.parameters(), or any tree; `step` takes gradients in the same tree,
 * as gradients(loss, …) returns them. A tied parameter is updated once, a frozen one is left.
 *
 * Steps are counted for all parameters together (PyTorch counts those of each). To one that is unfrozen
 * later Adam and its kind make first moves that are larger than η, since 1 − βᵗ takes its young moments
 * for old ones; an optimiser of its own for the next stage counts from 1.
 *
 * @example
 * class SignDescent extends Optimizer<object> {
 *   constructor(parameters: unknown, { lr = 0.01 } = {}) {
 *     super(parameters, { lr, settings: {} });
 *   }
 *   protected override slotNames() {
 *     return [];
 *   }
 *   protected override update(p: Tensor, g: Tensor, _: object, { lr }: { lr: Tensor }) {
 *     return { p: p.sub(g.sign().mul(lr)), state: {} };
 *   }
 * }
 */
export abstract class Optimizer<O> {
  /** The group of all parameters that no other group took, then the groups given. */
  readonly groups: readonly ParameterGroup<O>[];
  private readonly entries: readonly Entry<O>[];
  private readonly byName: ReadonlyMap<string, Entry<O>>;
  /** i32 []: steps done. */
  private readonly steps: State;

  /**
   * @param parameters  a module, model.parameters(), or any tree of parameters
   * @throws ArgumentError  there is no parameter, or a group names one that is not among them
   */
  constructor(parameters: unknown, { lr, groups = [], settings: options }: Setup<O>) {
    const names = namesOf(this.constructor.name, parameters);
    checkSettings(this.constructor.name, { ...options, lr });
    const dtype = [...names.keys()].some((p) => p.dtype === "f64") ? "f64" : "f32";
    this.steps = new State(zeros([], { dtype: "i32" }));
    const standard = new ParameterGroup(options, lr, this.steps, dtype);
    const groupOf = new Map<Parameter, ParameterGroup<O>>();
    this.groups = [
      standard,
      ...groups.map(({ parameters: members, ...others }, i) => {
        const { lr: own = lr, ...rest } = others as OptimizerOptions;
        checkSettings(this.constructor.name, { ...rest, lr: own });
        const group = new ParameterGroup<O>(
          withDefaults(options, rest as Partial<O>),
          own,
          this.steps,
          dtype,
        );
        for (const [cell, [name]] of namesOf(this.constructor.name, members)) {
          if (!names.has(cell) || groupOf.has(cell)) {
            throw new ArgumentError(
              `${this.constructor.name}: "${name}" of group ${i + 1} is ${names.has(cell) ? "in another group already" : "not among the parameters given first"}`,
            );
          }
          groupOf.set(cell, group);
        }
        return group;
      }),
    ];
    this.entries = [...names].map(([cell, itsNames]) => ({
      cell,
      names: itsNames,
      group: groupOf.get(cell) ?? standard,
      isTrained: () => cell.requiresGrad,
    }));
    this.byName = new Map(
      this.entries.flatMap((entry) => entry.names.map((name) => [name, entry] as const)),
    );
  }

  /** The names of the slots of a parameter of this shape: tensors like it, 0 at first. */
  protected abstract slotNames(options: Readonly<O>, shape: readonly number[]): readonly string[];

  /**
   * The method itself: a pure function.
   *
   * @param p        the parameter
   * @param g        its gradient, in the type in which p computes
   * @param state    its slots
   * @param context  step, learning rate and options
   */
  protected abstract update(
    p: Tensor,
    g: Tensor,
    state: Readonly<Record<string, Tensor>>,
    context: UpdateContext<O>,
  ): Updated;

  /** The shape of a slot. Default: that of the parameter */
  protected slotShape(_name: string, shape: readonly number[]): readonly number[] {
    return shape;
  }

  /**
   * Where the method takes the gradient of a parameter. Default: where it is
   *
   * @param p, state, context  as of update
   */
  protected evaluationPoint(
    p: Tensor,
    _state: Readonly<Record<string, Tensor>>,
    _context: UpdateContext<O>,
  ): Tensor {
    return p;
  }

  /** What the new parameters must be all together: a projection. Default: anything */
  protected constrain(values: readonly Tensor[]): readonly Tensor[] {
    return values;
  }

  /** Learning rate of the next step (of parameters in no group of their own). */
  get lr(): Tensor {
    return (this.groups[0] as ParameterGroup<O>).lr;
  }

  /** Sets the learning rate; nothing is traced again for a number or a tensor. */
  set lr(value: Rate) {
    (this.groups[0] as ParameterGroup<O>).lr = value;
  }

  /** Steps done so far, i32. */
  get stepCount(): Tensor {
    return this.steps.snapshot();
  }

  /**
   * Updates the parameters.
   *
   * Outside a compiled function gradients, parameters, slots, pending statistics and the loss are
   * computed now, in one program; all change or none does.
   *
   * @param gradients  keyed like the parameters: what gradients(loss, model) returns
   * @param options    when: a bool [] tensor; where it is false, this step changes nothing
   * @throws DataError   a gradient is missing, or belongs to no parameter
   * @throws ShapeError  a gradient does not have the shape of its parameter
   */
  step(gradients: unknown, { when }: { when?: Tensor } = {}): void {
    const found = this.matched(gradients);
    const done = this.steps.snapshot();
    const moved = this.entries.filter((entry) => found.has(entry));
    const contexts = this.contexts(done);
    const updated = moved.map((entry) => {
      const { cell } = entry;
      const context = contexts(entry);
      const type = dtypes[cell.dtype].compute;
      const gradient = (found.get(entry) as Tensor).cast(type);
      return this.update(cell.cast(type), gradient, lent(this.slotsOf(entry)), context);
    });
    const values = this.constrain(updated.map(({ p }) => p));
    const cells: Cell[] = [];
    const next: Tensor[] = [];
    const set = (cell: Cell, value: Tensor, old: Tensor): void => {
      const fitting = value.cast(cell.dtype);
      cells.push(cell);
      next.push(when === undefined ? fitting : fitting.where(when, old));
    };
    for (const [i, entry] of moved.entries()) {
      set(entry.cell, values[i] as Tensor, entry.cell);
      const { state } = updated[i] as Updated;
      for (const [name, slot] of Object.entries(this.slotsOf(entry))) {
        set(slot, state[name] as Tensor, lend(slot));
      }
    }
    set(this.steps, done.add(1), done);
    commit(cells, next);
  }

  /**
   * Where the gradients of the next step are to be taken, by name: at the parameters, unless the method
   * looks ahead. Gradients by this record are what `step` takes.
   *
   * @example
   * const w = new Parameter(tensor([1]));
   * const optimizer = new Nesterov([w], { lr: 0.1 });
   * const ahead = optimizer.lookAhead();
   * optimizer.step(gradients((ahead["0"] as Tensor).square().sum(), ahead)); // w is [0.8]
   */
  lookAhead(): Record<string, Tensor> {
    const places = this.places();
    return this.byEntry(
      (entry) => places.get(entry) ?? entry.cell.cast(dtypes[entry.cell.dtype].compute),
    );
  }

  /**
   * What `work` gives with the parameters where the gradients of the next step are to be taken: of a model
   * that is called in it, those are what `step` takes. Other cells may be assigned in it, and stay so.
   *
   * @param work  a synchronous function that calls the model
   * @returns     what it returns
   * @source  seeds 001 §5.2 and 003 §Nesterov's Acceleration Method
   * @example
   * const w = new Parameter(tensor([1]));
   * const optimizer = new Nesterov([w], { lr: 0.1 });
   * optimizer.step(optimizer.lookingAhead(() => gradients(w.square().sum(), [w]))); // w is [0.8]
   */
  lookingAhead<T>(work: () => T): T {
    // Detached, since gradients are by the place itself and not by what it was computed from.
    const places = [...this.places()].map(
      ([{ cell }, place]) => [cell, place.detach().cast(cell.dtype)] as const,
    );
    return places.length === 0 ? work() : withCells(places, work);
  }

  /** Where gradients of trained parameters are taken, of those where it is not where they are. */
  private places(): Map<Entry<O>, Tensor> {
    const contexts = this.contexts(this.steps.snapshot());
    const found = new Map<Entry<O>, Tensor>();
    for (const entry of this.entries) {
      if (!guard(entry.isTrained)) continue;
      const p = entry.cell.cast(dtypes[entry.cell.dtype].compute);
      const place = this.evaluationPoint(p, this.slotsOf(entry), contexts(entry));
      if (place !== p) found.set(entry, place);
    }
    return found;
  }

  /** The slots of this name, by the names of the parameters. */
  protected slotsNamed(name: string): Record<string, State> {
    return this.byEntry((entry) => this.slotsOf(entry)[name] as State);
  }

  private byEntry<T>(f: (entry: Entry<O>) => T): Record<string, T> {
    return Object.fromEntries(
      this.entries.flatMap((entry) => {
        const value = f(entry);
        return entry.names.map((name) => [name, value] as const);
      }),
    );
  }

  /** What the updates after so many steps know: the same for a group and type. */
  private contexts(done: Tensor): (entry: Entry<O>) => UpdateContext<O> {
    const known: { group: ParameterGroup<O>; type: DType; context: UpdateContext<O> }[] = [];
    return ({ cell, group }) => {
      const type = dtypes[cell.dtype].compute;
      const same = known.find((k) => k.group === group && k.type === type);
      if (same !== undefined) return same.context;
      const lr = group.rateAt(done.cast(group.rate.dtype)).cast(type);
      const context = { step: done.add(1).cast(type), lr, options: group.options };
      known.push({ group, type, context });
      return context;
    };
  }

  /** The gradient of each parameter that is trained. */
  private matched(gradients: unknown): Map<Entry<O>, Tensor> {
    const { leaves, paths } = flatten(gradients);
    const found = new Map<Entry<O>, Tensor>();
    const kind = this.constructor.name;
    for (const [i, name] of paths.entries()) {
      const entry = this.byName.get(name);
      const gradient = leaves[i] as Tensor;
      if (entry === undefined) {
        throw new DataError(
          `${kind}.step: there is a gradient "${name}" but no such parameter; take the gradients by what the optimiser was given`,
        );
      }
      if (!equalShapes(gradient.shape, entry.cell.shape)) {
        throw new ShapeError(
          `${kind}.step: the gradient of "${name}" is ${showShape(gradient.shape)}, the parameter ${showShape(entry.cell.shape)}`,
        );
      }
      if (guard(entry.isTrained) && !found.has(entry)) found.set(entry, gradient);
    }
    for (const entry of this.entries) {
      if (found.has(entry) || !guard(entry.isTrained)) continue;
      throw new DataError(
        `${kind}.step: there is no gradient for "${entry.names[0]}"; freeze it (requiresGrad = false) to leave it as it is`,
      );
    }
    return found;
  }

  private slotsOf(entry: Entry<O>): Record<string, State> {
    if (entry.slots === undefined) {
      const { shape, dtype } = entry.cell;
      const type = dtypes[dtype].compute;
      entry.slots = {};
      for (const name of this.slotNames(entry.group.options, shape)) {
        const slot = new State(zeros(this.slotShape(name, shape), { dtype: type as DType }));
        slot.slot.name = `${name}.${entry.names[0]}`;
        entry.slots[name] = slot;
      }
    }
    return entry.slots;
  }

  /** The tree protocol: the step count, rates and slots by name. */
  [treeSymbol](): Iterable<readonly [name: string, cell: Cell]> {
    const named: [string, Cell][] = [["step", this.steps]];
    for (const [i, group] of this.groups.entries()) {
      if (!group.isScheduled) named.push([i === 0 ? "lr" : `groups.${i}.lr`, group.rate]);
    }
    for (const entry of this.entries) {
      for (const [name, slot] of Object.entries(this.slotsOf(entry))) {
        named.push([`${name}.${entry.names[0]}`, slot]);
      }
    }
    return named;
  }

  /** Everything that a resumed run needs, by name; later steps do not change it. */
  stateDict(): StateDict {
    return snapshot(this[treeSymbol]());
  }

  /** Takes up a state dict of the same method over the same parameters. @throws DataError */
  loadStateDict(dict: Readonly<StateDict>): LoadReport {
    return loadCells(this.constructor.name, this[treeSymbol](), dict);
  }
}

const lent = (slots: Readonly<Record<string, State>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, lend(slot)]));

/** What is said where there is nothing to train. */
export const noParameters = (kind: string): ArgumentError =>
  new ArgumentError(`${kind}: there are no parameters to train`);

/** The parameters of a tree, each once, with all their names. */
function namesOf(kind: string, tree: unknown): Map<Parameter, string[]> {
  const { leaves, paths } = flatten(tree);
  const names = new Map<Parameter, string[]>();
  for (const [i, leaf] of leaves.entries()) {
    if (leaf instanceof State) continue;
    if (!(leaf instanceof Parameter)) {
      throw new ArgumentError(
        `${kind}: "${paths[i]}" among the parameters is a plain tensor, which never changes; make it a Parameter`,
      );
    }
    const known = names.get(leaf);
    if (known === undefined) names.set(leaf, [paths[i] as string]);
    else known.push(paths[i] as string);
  }
  if (names.size === 0) throw noParameters(kind);
  return names;
}

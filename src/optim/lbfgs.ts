// L-BFGS: Newton's direction from the last gradients alone. Where a step led and how the gradient
// changed there says how the loss is curved; a few such pairs stand for the inverse of the Hessian. For
// losses of all examples at once: a gradient that is another sample each time says nothing of curvature.
//
// The numbers of a step steer it, so they are read: the pairs are kept outside the device, in f64.

import type { LoadReport, StateDict } from "../nn/state-dict.ts";
import { Parameter } from "../tensor/cell.ts";
import { tensor } from "../tensor/create.ts";
import { realize } from "../tensor/engine.ts";
import { gradients } from "../tensor/gradients.ts";
import { requireOneOf, requireWhole, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { flatten } from "../tensor/tree.ts";
import { addTo, dot, LBFGSMemory } from "./lbfgs-memory.ts";
import { noParameters } from "./optimizer.ts";
import { type LinePoint, strongWolfe } from "./strong-wolfe.ts";

/** Options of LBFGS. */
export interface LBFGSOptions {
  /** η: the step along the direction, or where the line search begins. Default 1 */
  lr?: number;
  /** Directions taken in a step, at most. Default 20 */
  maxIterations?: number;
  /** Evaluations of the loss in a step, at most. Default ⌊1.25·maxIterations⌋ */
  maxEvaluations?: number;
  /** A gradient with no larger component is at its end. Default 1e-7 */
  toleranceGradient?: number;
  /** A move or a fall by less is none. Default 1e-9 */
  toleranceChange?: number;
  /** Pairs that are remembered. Default 100 */
  history?: number;
  /** How long a step is: η, or searched for until the strong Wolfe conditions hold. Default "none" */
  lineSearch?: "none" | "strongWolfe";
}

/**
 * d ← −H·g with H from the last pairs, by two loops over them; p ← p + t·d.
 *
 * @source  Liu and Nocedal 1989, On the Limited Memory BFGS Method; Nocedal and Wright 2006, Numerical
 *   Optimization, algorithms 7.4 and 7.5
 * @cost    a step: at most maxEvaluations of loss and gradient, 4·history·n FLOP a direction
 * @example
 * const w = new Parameter(tensor([3, -2]));
 * const optimizer = new LBFGS([w], { lineSearch: "strongWolfe" });
 * await optimizer.step(() => w.sub(1).square().mul(tensor([1, 10])).sum()); // w is near [1, 1]
 */
export class LBFGS {
  private readonly parameters: readonly Parameter[];
  private readonly options: Required<LBFGSOptions>;
  private readonly memory: LBFGSMemory;

  /**
   * @param parameters  a module, model.parameters(), or any tree of parameters
   * @throws ArgumentError  there is no parameter, or an option is out of its range
   */
  constructor(parameters: unknown, options: LBFGSOptions = {}) {
    const { lr = 1, maxIterations = 20, history = 100, lineSearch = "none" } = options;
    const { maxEvaluations = Math.floor(1.25 * maxIterations) } = options;
    const { toleranceGradient = 1e-7, toleranceChange = 1e-9 } = options;
    requireWithin("LBFGS", { lr }, { from: 0, open: "from" });
    requireWhole("LBFGS", { maxIterations, maxEvaluations, history }, { from: 1 });
    requireWithin("LBFGS", { toleranceGradient, toleranceChange }, { from: 0 });
    requireOneOf("LBFGS", { lineSearch }, ["none", "strongWolfe"]);
    const found = new Set(flatten(parameters).leaves.filter((p) => p instanceof Parameter));
    if (found.size === 0) throw noParameters("LBFGS");
    this.parameters = [...found];
    this.options = {
      ...{ lr, maxIterations, maxEvaluations, history, lineSearch },
      ...{ toleranceGradient, toleranceChange },
    };
    this.memory = new LBFGSMemory(history);
  }

  /**
   * Goes down by at most `maxIterations` directions.
   *
   * @param closure  makes the loss [] from the parameters as they are, each time anew
   * @returns        the loss before the step
   */
  async step(closure: () => Tensor): Promise<number> {
    const { lr, maxIterations, maxEvaluations, toleranceGradient, toleranceChange } = this.options;
    const { memory } = this;
    const cells = this.trained();
    let { loss, gradient } = await evaluate(closure, cells);
    const first = loss;
    let evaluations = 1;
    if (largest(gradient) <= toleranceGradient) return first;
    for (let i = 1; ; i++) {
      const direction = memory.direction(gradient);
      const isFirst = memory.last === undefined;
      const slope = dot(gradient, direction);
      let t = isFirst ? Math.min(1, 1 / sumOfSizes(gradient)) * lr : lr;
      memory.last = { direction, t, gradient };
      if (slope > -toleranceChange) break;
      const before = loss;
      const at = await walker(closure, cells, direction);
      if (this.options.lineSearch === "strongWolfe") {
        const start = { t: 0, loss, gradient, slope };
        const limits = { width: largest(direction), least: toleranceChange };
        const { point, tries } = await strongWolfe(at.evaluate, start, t, limits);
        ({ loss, gradient, t } = point);
        evaluations += tries;
        at.moveTo(t);
      } else {
        at.moveTo(t);
        // The last move of a step is not looked at: the next step begins there.
        if (i !== maxIterations) {
          ({ loss, gradient } = await evaluate(closure, cells));
          evaluations++;
        }
      }
      memory.last = { ...memory.last, t };
      if (i === maxIterations || evaluations >= maxEvaluations) break;
      if (largest(gradient) <= toleranceGradient) break;
      if (largest(direction) * t <= toleranceChange) break;
      if (Math.abs(loss - before) < toleranceChange) break;
    }
    await realize(cells);
    return first;
  }

  private trained(): Parameter[] {
    return this.parameters.filter((p) => p.requiresGrad);
  }

  /**
   * Everything that a resumed run needs, by name: the pairs and the last step, f64, and no cells, since
   * there are more and more of them. Later steps do not change it.
   */
  stateDict(): StateDict {
    return this.memory.stateDict(sizeOf(this.trained()));
  }

  /**
   * Takes up a state dict of the same parameters.
   *
   * @throws DataError  the sizes differ; nothing was changed
   */
  loadStateDict(dict: Readonly<StateDict>): LoadReport {
    return this.memory.loadStateDict(dict, sizeOf(this.trained()));
  }
}

const sizeOf = (tensors: readonly Tensor[]): number => tensors.reduce((sum, t) => sum + t.size, 0);

/** The loss and its gradient, all parameters in a row. */
async function evaluate(
  closure: () => Tensor,
  cells: readonly Parameter[],
): Promise<{ loss: number; gradient: Float64Array }> {
  const loss = closure();
  const found = gradients(loss, [...cells]);
  await realize(loss, found);
  return { loss: await loss.item(), gradient: await inARow(found) };
}

/** Moves the parameters along a direction from where they are. */
async function walker(
  closure: () => Tensor,
  cells: readonly Parameter[],
  direction: Float64Array,
): Promise<{ moveTo(t: number): void; evaluate(t: number): Promise<LinePoint> }> {
  const start = await inARow(cells);
  const moveTo = (t: number): void => {
    let from = 0;
    for (const cell of cells) {
      const to = from + cell.size;
      const values = start.slice(from, to);
      addTo(values, direction.subarray(from, to), t);
      cell.assign(tensor(values, { shape: cell.shape }).cast(cell.dtype));
      from = to;
    }
  };
  const at = async (t: number): Promise<LinePoint> => {
    moveTo(t);
    const found = await evaluate(closure, cells);
    return { t, ...found, slope: dot(found.gradient, direction) };
  };
  return { moveTo, evaluate: at };
}

async function inARow(tensors: readonly Tensor[]): Promise<Float64Array> {
  const row = new Float64Array(sizeOf(tensors));
  let from = 0;
  for (const one of tensors) {
    row.set(await one.data("f64"), from);
    from += one.size;
  }
  return row;
}

const largest = (a: Float64Array): number => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
const sumOfSizes = (a: Float64Array): number => a.reduce((sum, x) => sum + Math.abs(x), 0);

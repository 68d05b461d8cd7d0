// Multi-task learning: lower layers that several tasks share, and a head for each. What one task
// teaches the trunk, the others can use.

import { ArgumentError } from "../ir/errors.ts";
import { requireLayers, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import type { Layer } from "./sequential.ts";

/**
 * forward(x) = { task: head(trunk(x)) } for each task.
 *
 * @source seed 003 §Regularization; Caruana 1997, Multitask Learning
 * @example
 * const net = new MultiTask(new Linear(3, 4), { digit: new Linear(4, 10), tilt: new Linear(4, 1) });
 * Object.keys(net.forward(zeros([5, 3]))); // ["digit", "tilt"]
 */
export class MultiTask<K extends string> extends Module {
  readonly trunk: Module & Layer;
  readonly heads: Readonly<Record<K, Module & Layer>>;

  constructor(trunk: Module & Layer, heads: Readonly<Record<K, Module & Layer>>) {
    super();
    requireLayers("MultiTask", { trunk });
    for (const [task, head] of Object.entries(heads))
      requireLayers("MultiTask", { [`heads.${task}`]: head });
    if (Object.keys(heads).length === 0)
      throw new ArgumentError("MultiTask: heads must not be empty");
    this.trunk = trunk;
    this.heads = heads;
  }

  forward(x: Tensor): Record<K, Tensor> {
    const shared = this.trunk.forward(x);
    const outputs = Object.entries<Module & Layer>(this.heads).map(
      ([task, head]) => [task, head.forward(shared)] as const,
    );
    return Object.fromEntries(outputs) as Record<K, Tensor>;
  }
}

/**
 * Σ weight·loss over tasks.
 *
 * @param losses   [] of each task
 * @param options  weights by task, default 1 each
 * @throws ArgumentError  there is no loss, or a weight for a task that is not there
 * @source  seed 003 §Regularization
 * @example
 * multiTaskLoss({ a: tensor(2), b: tensor(3) }, { weights: { b: 0.5 } }); // 3.5
 */
export function multiTaskLoss<K extends string>(
  losses: Readonly<Record<K, Tensor>>,
  { weights = {} }: { weights?: Partial<Record<K, number>> } = {},
): Tensor {
  const tasks = Object.keys(losses) as K[];
  const stranger = Object.keys(weights).find((task) => !tasks.includes(task as K));
  if (stranger !== undefined || tasks.length === 0) {
    throw new ArgumentError(
      stranger === undefined
        ? "multiTaskLoss: losses must not be empty"
        : `multiTaskLoss: there is a weight for "${stranger}", but no loss`,
    );
  }
  for (const [task, weight] of Object.entries(weights)) {
    if (weight !== undefined) {
      requireWithin("multiTaskLoss", { [`weights.${task}`]: weight as number }, { from: 0 });
    }
  }
  return tasks
    .map((task) => losses[task].mul((weights as Record<K, number | undefined>)[task] ?? 1))
    .reduce((sum, loss) => sum.add(loss));
}

// hebb/optim: optimisers, schedules of the learning rate, gradient clipping and accumulation.

export { GradientAccumulator } from "./accumulate.ts";
export { Adam, type AdamOptions } from "./adam.ts";
export { AdamW, type AdamWOptions } from "./adamw.ts";
export { clipByNorm, clipByValue, globalNorm } from "./clip.ts";
export { ParameterGroup, type Rate } from "./group.ts";
export {
  type GroupOptions,
  Optimizer,
  type OptimizerOptions,
  type Setup,
  type UpdateContext,
  type Updated,
} from "./optimizer.ts";
export {
  constant,
  cosineAnnealing,
  exponential,
  linear,
  piecewise,
  type Schedule,
  stepDecay,
  warmUp,
} from "./schedule.ts";
export { SGD, type SGDOptions } from "./sgd.ts";

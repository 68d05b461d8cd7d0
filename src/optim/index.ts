// hebb/optim: optimisers, schedules of rates and momenta, line search, gradient clipping and
// accumulation, averages.

export { GradientAccumulator } from "./accumulate.ts";
export { Adadelta, type AdadeltaOptions } from "./adadelta.ts";
export { Adafactor, type AdafactorOptions } from "./adafactor.ts";
export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adam, type AdamOptions } from "./adam.ts";
export { Adamax, type AdamaxOptions } from "./adamax.ts";
export { AdamW, type AdamWOptions } from "./adamw.ts";
export { ASGD, type ASGDOptions } from "./asgd.ts";
export { clipByNorm, clipByValue, type GlobalNormOptions, globalNorm } from "./clip.ts";
export {
  type CosineRestartsOptions,
  cosineRestarts,
  type OneCycleOptions,
  oneCycle,
  type TriangularOptions,
  triangular,
} from "./cyclical.ts";
export { ParameterGroup, type Rate } from "./group.ts";
export { HeavyBall, type HeavyBallOptions } from "./heavy-ball.ts";
export { LBFGS, type LBFGSOptions } from "./lbfgs.ts";
export { type LineSearchOptions, type LineSearchResult, lineSearch } from "./line-search.ts";
export { MaxProp, type MaxPropOptions } from "./maxprop.ts";
export { sutskeverMomentum } from "./momentum-schedule.ts";
export { Muon, type MuonOptions } from "./muon.ts";
export { NAdam, type NAdamOptions } from "./nadam.ts";
export { Nesterov, type NesterovForm, type NesterovOptions } from "./nesterov.ts";
export { type NewtonOptions, newtonStep } from "./newton.ts";
export {
  type GroupOptions,
  Optimizer,
  type OptimizerOptions,
  type Setup,
  type UpdateContext,
  type Updated,
} from "./optimizer.ts";
export { PolyakAverage, type PolyakAverageOptions } from "./polyak-average.ts";
export { ProjectedSGD, type ProjectedSGDOptions, projectToBall } from "./projected-sgd.ts";
export { RAdam, type RAdamOptions } from "./radam.ts";
export {
  type PlateauState,
  ReduceOnPlateau,
  type ReduceOnPlateauOptions,
} from "./reduce-on-plateau.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export { Rprop, type RpropOptions } from "./rprop.ts";
export {
  constant,
  cosineAnnealing,
  exponential,
  inSequence,
  inverseTime,
  linear,
  piecewise,
  polynomial,
  product,
  type Schedule,
  stepDecay,
  warmUp,
} from "./schedule.ts";
export type { EpsPlacement, Scheduled } from "./settings.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export { packSigns, SignSGD, type SignSGDOptions, unpackSigns } from "./sign-sgd.ts";
export { SparseAdam, type SparseAdamOptions } from "./sparse-adam.ts";
export { SVRG, type SVRGOptions } from "./svrg.ts";

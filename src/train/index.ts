// The door to training: fit and what hangs onto it.

export type { Callback, Json, Moment, RunContext } from "./callback.ts";
export {
  latestCheckpoint,
  listCheckpoints,
  type Progress,
  restoreCheckpoint,
} from "./checkpoint.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export { type EvaluateOptions, evaluate } from "./evaluate.ts";
export type { BatchEvent, Ending, EpochEvent, FitEvent, History, Measures } from "./events.ts";
export { type Batches, type FitOptions, fit, type Run } from "./fit.ts";
export { type HalveOnWorseOptions, halveOnWorse } from "./halve-on-worse.ts";
export { accuracy, type Metric, RunningMeans, topAccuracy } from "./metrics.ts";
export { type LogMetricsOptions, logMetrics } from "./metrics-log.ts";
export {
  type AutoencoderLearnerOptions,
  autoencoderLearner,
  type Encoder,
  type LayerLearner,
  pretrainLayers,
} from "./pretraining.ts";
export { type RateSearch, type RateSearchOptions, rateSearch } from "./rate-search.ts";
export { type SaveCheckpointsOptions, saveCheckpoints } from "./save-checkpoints.ts";
export { gradientNormByScale, type ScaleGradient, type ScaleSweepOptions } from "./scale-sweep.ts";
export type { ExampleOf, Loss, Model, Updater } from "./step.ts";
export {
  gradientDescent,
  type LearningAlgorithm,
  type LearnOptions,
  learn,
  type Parameters,
  type SupervisedSetup,
} from "./supervised.ts";

// The door to theory: constants, bounds, constructions and demonstrations of what the theorems say, to
// hold against measured runs.

export {
  type AffineLayer,
  activations,
  type BackwardPass,
  backwardPropagation,
  type ChainLink,
  type DifferentiableActivation,
  type ForwardPass,
  forwardPropagation,
  type PlainNetwork,
  type RowRecursion,
  rowRecursion,
} from "./backpropagation.ts";
export { type Contour, contours, type MapOptions, type Point } from "./contour.ts";
export { type ContourPlotOptions, contourPlot, type NamedPath } from "./contour-plot.ts";
export {
  type Curvature,
  conditionNumber,
  gradientDescentBound,
  largestStableRate,
  nesterovBound,
  nesterovMomentum,
  type SGDConvergence,
  sgdConvergence,
} from "./convergence.ts";
export {
  type Descender,
  type DescentPath,
  type DescentPathOptions,
  descentPath,
} from "./descent-path.ts";
export {
  cheaperMode,
  forwardModeCost,
  type GraphSize,
  operationCount,
  reverseModeCost,
} from "./differentiation-cost.ts";
export {
  type CurvatureBounds,
  convexityGap,
  curvatureBounds,
  firstOrderGap,
  isStationary,
  polyakLojasiewicz,
  type ScalarFunction,
  smoothness,
  strongConvexity,
} from "./function-class.ts";
export { gradientFlow } from "./gradient-flow.ts";
export {
  gradientVariance,
  meanGradient,
  minibatchVariance,
  perExampleGradients,
  stepsPerEpoch,
} from "./gradient-noise.ts";
export {
  bootstrapShare,
  ensembleVariance,
  ridgeMinimum,
  ridgeShare,
  stoppedMinimum,
  stoppingRadius,
  stoppingSteps,
} from "./regularization.ts";
export { type ReluLayerDerivatives, reluLayerDerivatives } from "./relu-derivatives.ts";
export { type StepForecast, stepForecast } from "./step-forecast.ts";
export {
  type Interval,
  type TowerNetworkOptions,
  tower,
  tower2d,
  towerNetwork,
  towerNetwork2d,
} from "./towers.ts";

// The door to theory: constants, bounds and demonstrations of what the theorems say, as calculators to
// hold against measured runs.

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
export { type StepForecast, stepForecast } from "./step-forecast.ts";

// Noise as a regulariser: on inputs (which for a linear unit is a price on its weights), on weights
// (a price on curvature), and on labels (soft targets).

import { isFloat } from "../ir/dtype.ts";
import { ArgumentError, DTypeError } from "../ir/errors.ts";
import type { Generator } from "../tensor/generator.ts";
import { bernoulli, randint, randn } from "../tensor/random.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { treeMap } from "../tensor/tree.ts";
import { Module } from "./module.ts";

/** Options of addNoise. */
export interface NoiseOptions {
  /** σ: standard deviation. */
  std: number;
  /** The stream to draw from. Default the one that seed() sets. */
  generator?: Generator;
}

function checkStd(name: string, std: number): void {
  if (!(std >= 0)) throw new ArgumentError(`${name}: std must be at least 0, not ${std}`);
}

/**
 * Every floating tensor of a tree plus σ·n, n ∼ N(0, 1): of inputs, or of a model's parameters for
 * functional(model).
 *
 * A linear unit's expected square error grows by σ²·Σw² with noisy inputs; any loss by about ½·σ²·Tr H
 * with noisy weights, H its Hessian.
 *
 * @param tree     a tensor, model.parameters(), or any tree
 * @param options  std; generator
 * @returns        the same tree
 * @source  seeds 000 §Regularization iii) and 003 §Data Augmentation; Bishop 1995, Training with Noise
 *   is Equivalent to Tikhonov Regularization
 * @example
 * addNoise({ w: ones([2]) }, { std: 0 }); // { w: [1, 1] }
 */
export function addNoise<T>(tree: T, { std, generator }: NoiseOptions): T {
  checkStd("addNoise", std);
  return treeMap(tree, (x) => {
    if (!isFloat(x.dtype) || std === 0) return x.mul(1);
    const dtype = x.dtype === "f64" ? "f64" : "f32";
    return x.add(randn(x.shape, { dtype, generator }).mul(std));
  });
}

/**
 * x + σ·n while training, and x in evaluation.
 *
 * @example
 * new GaussianNoise(0.5).eval().forward(tensor([1, 2])); // [1, 2]
 */
export class GaussianNoise extends Module {
  readonly std: number;
  readonly generator: Generator | undefined;

  /** @param std  σ. Default 0.1 */
  constructor(std = 0.1, { generator }: Pick<NoiseOptions, "generator"> = {}) {
    super();
    checkStd("GaussianNoise", std);
    this.std = std;
    this.generator = generator;
  }

  forward(x: Tensor): Tensor {
    return this.training ? addNoise(x, { std: this.std, generator: this.generator }) : x;
  }
}

/**
 * Soft targets of labels that may be wrong: 1 − ε for the label and ε shared by all classes.
 *
 * @param labels   integers [...]
 * @param options  classes; epsilon ε, default 0.1
 * @returns        probabilities [..., classes] f32, for crossEntropy
 * @source  seeds 000 §Regularization iv) and 003 §Data Augmentation; Szegedy et al. 2016, Rethinking
 *   the Inception Architecture, §7
 * @example
 * smoothLabels(tensor([1], { dtype: "i32" }), { classes: 2, epsilon: 0.5 }); // [[0.25, 0.75]]
 */
export function smoothLabels(
  labels: Tensor,
  { classes, epsilon = 0.1 }: { classes: number; epsilon?: number },
): Tensor {
  requireSizes("smoothLabels", { classes });
  checkShare("smoothLabels", epsilon);
  return labels
    .oneHot(classes, { dtype: "f32" })
    .mul(1 - epsilon)
    .add(epsilon / classes);
}

/**
 * Labels of which each is replaced, with probability ε, by one drawn from all classes: in expectation
 * the soft targets of smoothLabels.
 *
 * @param labels   integers [...]
 * @param options  classes; epsilon ε, default 0.1; generator
 * @returns        integers, like the labels
 * @throws DTypeError  the labels are not integers
 * @source  seed 000 §Regularization iv)
 * @example
 * flipLabels(tensor([1, 0], { dtype: "i32" }), { classes: 2, epsilon: 0 }); // [1, 0]
 */
export function flipLabels(
  labels: Tensor,
  {
    classes,
    epsilon = 0.1,
    generator,
  }: { classes: number; epsilon?: number; generator?: Generator },
): Tensor {
  requireSizes("flipLabels", { classes });
  checkShare("flipLabels", epsilon);
  if (isFloat(labels.dtype)) {
    throw new DTypeError(`flipLabels: labels must be integers, not ${labels.dtype}`);
  }
  const replaced = bernoulli(epsilon, { shape: labels.shape, dtype: "bool", generator });
  const drawn = randint(labels.shape, { high: classes, generator }).cast(labels.dtype);
  return drawn.where(replaced, labels);
}

function checkShare(name: string, epsilon: number): void {
  if (epsilon >= 0 && epsilon <= 1) return;
  throw new ArgumentError(`${name}: epsilon must lie in [0, 1], not ${epsilon}`);
}

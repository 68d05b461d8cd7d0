// The neural probabilistic language model: the words before are looked up in one table of features,
// and a small network predicts the next word from all of them. Words that are used alike get features
// alike, so what was learnt of one sentence holds for others.
// Bengio, Ducharme, Vincent and Jauvin 2003, "A Neural Probabilistic Language Model".

import { ShapeError } from "../ir/errors.ts";
import { Embedding } from "../nn/embedding.ts";
import type { FloatType } from "../nn/init.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import { showShape } from "../nn/shape.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of NeuralLanguageModel. */
export interface NeuralLanguageModelOptions {
  /** Words. Default 16383, of the Brown corpus */
  vocabulary?: number;
  /** n − 1: the words before. Default 4 */
  context?: number;
  /** m: features of a word. Default 30 */
  width?: number;
  /** h: hidden units. Default 100 */
  hidden?: number;
  /** Whether features go to the output directly too. Default true */
  direct?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * y = b + W·x + U·tanh(d + H·x), of x = [C(w_{t−n+1}), …, C(w_{t−1})].
 *
 * @param options  vocabulary, context, width, hidden, direct
 * @source  Bengio et al. 2003, eq. (1) and table 1 (MLP3, with direct connections); seed 002 §2.6.2
 * @example
 * const model = new NeuralLanguageModel({ vocabulary: 10, context: 2 });
 * model.forward(zeros([3, 2], { dtype: "i32" })).shape; // [3, 10]
 */
export class NeuralLanguageModel extends Module {
  /** C: a word's features. */
  readonly features: Embedding;
  /** H and d. */
  readonly hidden: Linear;
  /** U and b. */
  readonly output: Linear;
  /** W */
  readonly direct: Linear | undefined;
  readonly context: number;

  constructor(options: NeuralLanguageModelOptions = {}) {
    super();
    const { vocabulary = 16_383, context = 4, width = 30, hidden = 100 } = options;
    const { direct = true, dtype = "f32" } = options;
    requireSizes("NeuralLanguageModel", { vocabulary, context, width, hidden });
    this.context = context;
    this.features = new Embedding(vocabulary, width, { dtype });
    this.hidden = new Linear(context * width, hidden, { dtype });
    this.output = new Linear(hidden, vocabulary, { dtype });
    this.direct = direct
      ? new Linear(context * width, vocabulary, { bias: false, dtype })
      : undefined;
  }

  /**
   * @param ids  integers [batch, context]: the words before, in their order
   * @returns    [batch, vocabulary] logits of the next
   * @throws ShapeError  there are not `context` words
   */
  forward(ids: Tensor): Tensor {
    if (ids.rank !== 2 || ids.shape[1] !== this.context) {
      throw new ShapeError(
        `NeuralLanguageModel: the words before must be [batch, ${this.context}], not ${showShape(ids.shape)}`,
      );
    }
    const x = this.features.forward(ids).flatten(1); // [batch, context·width]
    const y = this.output.forward(this.hidden.forward(x).tanh());
    return this.direct === undefined ? y : y.add(this.direct.forward(x));
  }
}

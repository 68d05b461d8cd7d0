// The end-to-end memory network: a question looks at the sentences of a story, what it finds becomes
// part of the next question, and so on for some hops; then a word is the answer.
// Sukhbaatar, Szlam, Weston and Fergus 2015, "End-To-End Memory Networks". arXiv:1503.08895

import { ShapeError } from "../ir/errors.ts";
import { Embedding } from "../nn/embedding.ts";
import { type FloatType, normal } from "../nn/init.ts";
import { Module } from "../nn/module.ts";
import { associativeRecall } from "../nn/sequence/associative-recall.ts";
import { showShape } from "../nn/shape.ts";
import { arange } from "../tensor/create.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of MemoryNetwork. */
export interface MemoryNetworkOptions {
  /** Words; 0 is padding, behind the words of a sentence and as a whole sentence. */
  vocabulary: number;
  /** Default 20 */
  width?: number;
  /** Default 3 */
  hops?: number;
  /** Whether the place of a word in its sentence counts. Default true */
  positions?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * uₖ₊₁ = uₖ + Σᵢ softmax(uₖ·mᵢ)·cᵢ, answer W·u_K, with mᵢ and cᵢ sums over the words of sentence i.
 *
 * Tables are shared between neighbours: what hop k reads is what hop k + 1 looks for, the first also
 * embeds the question, and the last reads the answer out. They start normal, of standard deviation
 * 0.1.
 *
 * @param options  vocabulary, width, hops, positions
 * @source  Sukhbaatar et al. 2015, §2 and §4.1 (position encoding; adjacent weights); seed 003 §Memory
 *   Networks
 * @example
 * const model = new MemoryNetwork({ vocabulary: 10 });
 * model.forward(ones([2, 6, 3], { dtype: "i32" }), ones([2, 4], { dtype: "i32" })).shape; // [2, 10]
 */
export class MemoryNetwork extends Module {
  /** hops + 1 tables. */
  readonly tables: readonly Embedding[];
  readonly positions: boolean;

  constructor(options: MemoryNetworkOptions) {
    super();
    const { vocabulary, width = 20, hops = 3, positions = true, dtype = "f32" } = options;
    requireSizes("MemoryNetwork", { vocabulary, width, hops });
    this.positions = positions;
    this.tables = Array.from({ length: hops + 1 }, () => {
      const table = new Embedding(vocabulary, width, { paddingIdx: 0, dtype });
      const padding = arange(vocabulary).equal(0).unsqueeze(1);
      const drawn = normal([vocabulary, width], { std: 0.1, dtype });
      table.weight.assign(drawn.maskedFill(padding, 0));
      return table;
    });
  }

  /**
   * @param story     integers [batch, sentences, words]
   * @param question  integers [batch, words]
   * @returns         [batch, vocabulary] logits of the answer; padding does not change them
   * @throws ShapeError  the shapes are others, or not of one batch
   */
  forward(story: Tensor, question: Tensor): Tensor {
    return this.recall(story, question).matmul((this.tables.at(-1) as Embedding).weight.T);
  }

  /** The question after all hops: [batch, width]. */
  private recall(story: Tensor, question: Tensor): Tensor {
    if (story.rank !== 3 || question.rank !== 2 || story.shape[0] !== question.shape[0]) {
      throw new ShapeError(
        `MemoryNetwork: takes stories [batch, sentences, words] and questions [batch, words], not ${showShape(story.shape)} and ${showShape(question.shape)}`,
      );
    }
    const mask = story.notEqual(0).any({ axis: -1 }); // [batch, sentences]
    let query = this.sentence(this.tables[0] as Embedding, question); // [batch, width]
    for (let hop = 0; hop + 1 < this.tables.length; hop++) {
      const keys = this.sentence(this.tables[hop] as Embedding, story); // [batch, sentences, width]
      const values = this.sentence(this.tables[hop + 1] as Embedding, story);
      query = associativeRecall(query, keys, values, { mask, update: (q, found) => q.add(found) });
    }
    return query;
  }

  /** Σⱼ lⱼ ⊙ E[wordⱼ]. @param words  integers [..., words] @returns [..., width] */
  private sentence(table: Embedding, words: Tensor): Tensor {
    const embedded = table.forward(words); // [..., words, width]
    if (!this.positions) return embedded.sum({ axis: -2 });
    const counts = words.notEqual(0).cast(embedded.dtype).sum({ axis: -1, keepDims: true });
    return embedded.mul(placeWeights(embedded, counts.maximum(1))).sum({ axis: -2 });
  }
}

/**
 * l_kj = (1 − j/J) − (k/d)·(1 − 2j/J), with j and k from 1, for sentences of J words each.
 *
 * @param like    [..., words, width]
 * @param counts  J: [..., 1]
 */
function placeWeights(like: Tensor, counts: Tensor): Tensor {
  const [words, width] = like.shape.slice(-2) as [number, number];
  const j = arange(words).add(1).cast(like.dtype).div(counts).unsqueeze(-1); // [..., words, 1]
  const k = arange(width).add(1).cast(like.dtype).div(width);
  return j
    .neg()
    .add(1)
    .sub(k.mul(j.mul(-2).add(1)));
}

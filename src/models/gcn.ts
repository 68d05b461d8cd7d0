// GCN: two graph convolutions, the second of which reads the classes out.
// Kipf and Welling 2017, "Semi-Supervised Classification with Graph Convolutional Networks".

import { SparseMatrix } from "../linalg/sparse-matrix.ts";
import { dropout } from "../nn/dropout.ts";
import { GraphConvolution } from "../nn/graph/graph-convolution.ts";
import { Module } from "../nn/module.ts";
import { relu } from "../tensor/functions.ts";
import { requireProbability, requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Options of GCN. */
export interface GCNOptions {
  /** Features of a node. */
  features: number;
  classes: number;
  /** Features of a node after the first layer. Default 16 */
  hidden?: number;
  /** Share of features dropped before each layer while training. Default 0.5 */
  dropout?: number;
}

/**
 * Z = Q·relu(Q·X·W⁰ᵀ)·W¹ᵀ: logits of the classes of every node of a graph.
 *
 * Trained with labelledNodesLoss, Adam at 0.01 and weight decay 5e-4 on the first layer alone.
 *
 * @param options  features, classes; hidden, dropout
 * @source  Kipf and Welling 2017, eq. (9). arXiv:1609.02907
 * @example
 * const q = nn.normalizedAdjacency(nn.adjacencyMatrix([[0, 1], [1, 2]], 3));
 * new GCN({ features: 4, classes: 2 }).forward(ones([3, 4]), q).shape; // [3, 2]
 */
export class GCN extends Module {
  readonly first: GraphConvolution;
  readonly second: GraphConvolution;
  readonly dropout: number;

  constructor({ features, classes, hidden = 16, dropout: share = 0.5 }: GCNOptions) {
    super();
    requireSizes("GCN", { features, classes, hidden });
    requireProbability("GCN", { dropout: share });
    this.first = new GraphConvolution(features, hidden);
    this.second = new GraphConvolution(hidden, classes);
    this.dropout = share;
  }

  /**
   * @param x  [nodes, features], dense or sparse
   * @param q  [nodes, nodes], such as normalizedAdjacency gives
   * @returns  [nodes, classes] logits
   */
  forward(x: Tensor | SparseMatrix, q: SparseMatrix): Tensor {
    const h = relu(this.first.forward(this.dropped(x), q)); // [nodes, hidden]
    return this.second.forward(dropout(h, this.dropout, { training: this.training }), q);
  }

  /** Of a sparse matrix only what is kept can be dropped: the rest is 0 already. */
  private dropped<X extends Tensor | SparseMatrix>(x: X): X;
  private dropped(x: Tensor | SparseMatrix): Tensor | SparseMatrix {
    const options = { training: this.training };
    return x instanceof SparseMatrix
      ? x.withValues(dropout(x.values, this.dropout, options))
      : dropout(x, this.dropout, options);
  }
}

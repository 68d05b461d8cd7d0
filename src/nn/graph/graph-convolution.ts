// Graph convolution: each node becomes a weighted sum of what its neighbours, and itself, have become
// under one linear map. The notes write columns for nodes, σ(W·X·Q); here nodes are rows, as
// examples are everywhere: Q·X·Wᵀ, the same transposed, because Q is symmetric.

import { isFloat } from "../../ir/dtype.ts";
import { DTypeError, ShapeError } from "../../ir/errors.ts";
import type { SparseMatrix } from "../../linalg/sparse-matrix.ts";
import { Parameter } from "../../tensor/cell.ts";
import { zeros } from "../../tensor/create.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type FloatType, xavierUniform } from "../init.ts";
import { crossEntropy } from "../losses/cross-entropy.ts";
import { Module } from "../module.ts";

/** Options of GraphConvolution. */
export interface GraphConvolutionOptions {
  /** Whether something is added after the sum. Default true. */
  bias?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/**
 * y = Q·x·Wᵀ + b: features are mixed by W, nodes by Q.
 *
 * The weight starts as of Glorot and Bengio, the bias at 0, as in the paper's code.
 *
 * @source  Kipf and Welling 2017, eq. (2) and (8). arXiv:1609.02907; seed 003 §Learning on Graphs
 * @example
 * const q = normalizedAdjacency(adjacencyMatrix([[0, 1], [1, 2]], 3));
 * new GraphConvolution(4, 2).forward(ones([3, 4]), q).shape; // [3, 2]
 */
export class GraphConvolution extends Module {
  /** [out, in] */
  readonly weight: Parameter;
  /** [out] */
  readonly bias: Parameter | undefined;

  constructor(
    inFeatures: number,
    outFeatures: number,
    { bias = true, dtype = "f32" }: GraphConvolutionOptions = {},
  ) {
    super();
    requireSizes("GraphConvolution", { inFeatures, outFeatures });
    this.weight = new Parameter(xavierUniform([outFeatures, inFeatures], { dtype }));
    this.bias = bias ? new Parameter(zeros([outFeatures], { dtype })) : undefined;
  }

  /**
   * @param x  [nodes, in], dense or sparse
   * @param q  [nodes, nodes], such as normalizedAdjacency gives
   * @returns  [nodes, out]
   * @throws ShapeError  x does not have `in` features
   */
  forward(x: Tensor | SparseMatrix, q: SparseMatrix): Tensor {
    const { weight, bias } = this;
    const inFeatures = weight.shape[1];
    if (x.shape.length !== 2 || x.shape[1] !== inFeatures) {
      throw new ShapeError(
        `GraphConvolution: x must be [nodes, ${inFeatures}], not [${x.shape.join(", ")}]`,
      );
    }
    const y = aggregate(x.matmul(weight.T), q);
    return bias === undefined ? y : y.add(bias);
  }
}

/**
 * What the neighbourhoods add up to: row j is Σₖ qⱼₖ·x[k].
 *
 * @param x  [nodes, features]
 * @param q  [nodes, nodes]
 * @throws ShapeError  they are not of as many nodes
 * @source  seed 003 §Learning on Graphs
 * @example
 * aggregate(tensor([[1], [2]]), adjacencyMatrix([[0, 1]], 2)); // [[2], [1]]
 */
export function aggregate(x: Tensor, q: SparseMatrix): Tensor {
  if (x.rank > 0 && q.shape.every((n) => n === x.shape[0])) return q.matmul(x);
  throw new ShapeError(
    `aggregate: q must be [nodes, nodes] for an input of [nodes, features], not [${q.shape.join(", ")}] for [${x.shape.join(", ")}]`,
  );
}

/**
 * W·X·Q, as the notes write it: a column for each node, (X·Q)ⱼ = Σₖ qₖⱼ·x[k].
 *
 * The transpose of what GraphConvolution gives, for a symmetric Q.
 *
 * @param weight  W: [out, in]
 * @param x       X: [in, nodes]
 * @param q       Q: [nodes, nodes]
 * @returns       [out, nodes]
 * @throws ShapeError  the features or the nodes are not as many
 * @source  seed 003 §Learning on Graphs: X⁽ˡ⁺¹⁾ = σ(W⁽ˡ⁾·X⁽ˡ⁾·Q)
 * @example
 * graphConvolutionOfColumns(tensor([[3]]), tensor([[1, 2]]), adjacencyMatrix([[0, 1]], 2)); // [[6, 3]]
 */
export function graphConvolutionOfColumns(weight: Tensor, x: Tensor, q: SparseMatrix): Tensor {
  if (weight.rank === 2 && x.rank === 2 && weight.shape[1] === x.shape[0]) {
    return aggregate(x.T.matmul(weight.T), q.T).T;
  }
  throw new ShapeError(
    `graphConvolutionOfColumns: takes a weight [out, in] and x [in, nodes], not [${weight.shape.join(", ")}] and [${x.shape.join(", ")}]`,
  );
}

/**
 * Cross-entropy of the few nodes that have a label; the others take part through their neighbours only.
 *
 * @param logits  [nodes, classes]
 * @param labels  [nodes] integers; those of other nodes are not looked at
 * @param nodes   [labelled] the nodes with a label
 * @throws DTypeError  nodes are not integers
 * @source  Kipf and Welling 2017, eq. (10)
 * @example
 * const one = tensor([1], { dtype: "i32" });
 * labelledNodesLoss(zeros([3, 4]), zeros([3], { dtype: "i32" }), one); // log 4
 */
export function labelledNodesLoss(logits: Tensor, labels: Tensor, nodes: Tensor): Tensor {
  if (isFloat(nodes.dtype) || nodes.dtype === "bool") {
    throw new DTypeError(`labelledNodesLoss: nodes must be integers, not ${nodes.dtype}`);
  }
  return crossEntropy(logits.take(nodes), labels.take(nodes));
}

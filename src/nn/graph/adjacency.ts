// Adjacency matrices of graphs, and how they are normalised before they mix the features of nodes.

import { ShapeError } from "../../ir/errors.ts";
import { SparseMatrix, sparseMatrix } from "../../linalg/sparse-matrix.ts";
import { arange, ones } from "../../tensor/create.ts";
import { requireOneOf, requireSizes } from "../../tensor/requirements.ts";

/**
 * A of an undirected graph: aᵢⱼ = aⱼᵢ = 1 where there is an edge, each edge once however often named.
 *
 * @param edges  pairs of nodes 0 … nodes − 1; a loop i–i is kept as one entry
 * @returns      [nodes, nodes]
 * @throws ShapeError  an edge names a node that is not there
 * @cost   memory for two entries an edge; nothing of the size nodes × nodes
 * @source  seed 003 §Learning on Graphs
 * @example
 * adjacencyMatrix([[0, 1]], 2).toDense(); // [[0, 1], [1, 0]]
 */
export function adjacencyMatrix(
  edges: Iterable<readonly [number, number]>,
  nodes: number,
  { dtype = "f32" }: { dtype?: "f32" | "f64" } = {},
): SparseMatrix {
  requireSizes("adjacencyMatrix", { nodes }, 0);
  const entries = new Map<number, readonly [number, number, number]>();
  const kept: (readonly [number, number, number])[] = [];
  for (const [i, j] of edges) {
    if ([i, j].some((node) => !(Number.isInteger(node) && node >= 0 && node < nodes))) {
      throw new ShapeError(
        `adjacencyMatrix: edges must join nodes 0 … ${nodes - 1}, not ${i} and ${j}`,
      );
    }
    for (const [row, column] of [
      [i, j],
      [j, i],
    ] as const) {
      const place = row * nodes + column;
      if (entries.has(place)) continue;
      const entry = [row, column, 1] as const;
      entries.set(place, entry);
      kept.push(entry);
    }
  }
  return sparseMatrix(kept, [nodes, nodes], { dtype });
}

/**
 * A + I, with a loop at every node.
 *
 * @param a  [nodes, nodes]
 * @source  seed 003 §Learning on Graphs: Ã
 * @throws ShapeError  A is not square
 * @example
 * withSelfLoops(adjacencyMatrix([[0, 1]], 2)).toDense(); // [[1, 1], [1, 1]]
 */
export function withSelfLoops(a: SparseMatrix): SparseMatrix {
  const [nodes, columns] = a.shape;
  if (nodes !== columns) {
    throw new ShapeError(
      `withSelfLoops: an adjacency matrix is square, not [${a.shape.join(", ")}]`,
    );
  }
  const all = arange(nodes);
  return new SparseMatrix({
    rows: a.rows.concat(all),
    columns: a.columns.concat(all),
    values: a.values.concat(ones([nodes], { dtype: a.values.dtype })),
    shape: a.shape,
  });
}

/**
 * D^(−1/2)·A·D^(−1/2), with D the degrees of A; a node without edges keeps a row of zeros.
 *
 * @param a  [nodes, nodes], symmetric
 * @source  Kipf and Welling 2017, §2.2. arXiv:1609.02907; seed 003 §Learning on Graphs
 * @example
 * symmetricallyNormalized(adjacencyMatrix([[0, 1], [1, 2]], 3)).matmul(ones([3, 1])).shape; // [3, 1]
 */
export function symmetricallyNormalized(a: SparseMatrix): SparseMatrix {
  const degrees = a.rowSums();
  const root = degrees.rsqrt().where(degrees.greater(0), 0); // [nodes]
  return a.withValues(a.values.mul(root.take(a.rows)).mul(root.take(a.columns)));
}

/** Options of normalizedAdjacency. */
export interface NormalizedAdjacencyOptions {
  /**
   * "renormalized": D̃^(−1/2)·(A + I)·D̃^(−1/2), d̃ᵢ = 1 + Σⱼ aᵢⱼ; its largest eigenvalue is 1.
   * "added": I + D^(−1/2)·A·D^(−1/2), the filter θ₀ = θ₁, whose largest eigenvalue is 2, so that many
   * layers explode. Default "renormalized"
   */
  selfLoops?: "renormalized" | "added";
}

/**
 * Q: how much each node takes of its neighbours and of itself, qᵢⱼ = (aᵢⱼ + δᵢⱼ)/√(d̃ᵢ·d̃ⱼ).
 *
 * @param a        [nodes, nodes], without loops
 * @param options  selfLoops
 * @source  Kipf and Welling 2017, Semi-Supervised Classification with Graph Convolutional Networks,
 *   §2.2. arXiv:1609.02907; seed 003 §Learning on Graphs
 * @example
 * normalizedAdjacency(adjacencyMatrix([[0, 1]], 2)).toDense(); // [[0.5, 0.5], [0.5, 0.5]]
 */
export function normalizedAdjacency(
  a: SparseMatrix,
  { selfLoops = "renormalized" }: NormalizedAdjacencyOptions = {},
): SparseMatrix {
  requireOneOf("normalizedAdjacency", { selfLoops }, ["renormalized", "added"]);
  return selfLoops === "renormalized"
    ? symmetricallyNormalized(withSelfLoops(a))
    : withSelfLoops(symmetricallyNormalized(a));
}

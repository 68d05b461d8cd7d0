// The rows of Graph networks.

import { beforeEach, expect, test } from "vitest";
import { largestEigenvalue, type SparseMatrix, sparseMatrix } from "../../src/linalg/index.ts";
import { GCN } from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { compile } from "../../src/tensor/compile.ts";
import { arange, eye, ones, tensor, zeros } from "../../src/tensor/create.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { rand, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { setDefaultDevice } from "../support/devices.ts";
import { expectClose } from "./golden.ts";

const dtype = "f64";
const numbers = (x: Tensor): number[] => [...x.dataSync("f64")];

beforeEach(() => {
  setDefaultDevice("reference");
  seed(2);
});

const ring = (nodes: number): SparseMatrix =>
  nn.adjacencyMatrix(
    Array.from({ length: nodes }, (_, i) => [i, (i + 1) % nodes] as const),
    nodes,
    { dtype },
  );

const indices = (list: readonly number[]): Tensor => tensor(Int32Array.from(list));

/** Seven nodes: a triangle with a tail, and one on its own. */
const kite = (): SparseMatrix =>
  nn.adjacencyMatrix(
    [
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 3],
      [3, 4],
      [4, 5],
    ],
    7,
    { dtype },
  );

/** P·A·Pᵀ for the order of nodes: new node i is old node order[i]. */
function relabelled(a: SparseMatrix, order: readonly number[]): SparseMatrix {
  const [columns, values] = [numbers(a.columns), numbers(a.values)];
  return sparseMatrix(
    numbers(a.rows).map((row, e) => [
      order.indexOf(row),
      order.indexOf(columns[e] as number),
      values[e] as number,
    ]),
    a.shape,
    { dtype },
  );
}

test("GN-01 a graph convolution follows its nodes when they are renamed, and is σ(W·X·Q) transposed", () => {
  const q = nn.normalizedAdjacency(kite());
  const layer = new nn.GraphConvolution(3, 4, { bias: false, dtype });
  const x = randn([7, 3], { dtype });
  const y = nn.relu(layer.forward(x, q));
  // The notes' form: columns are nodes.
  const columns = nn.relu(layer.weight.matmul(x.T).matmul(q.toDense()));
  expectClose(numbers(y), numbers(columns.T), 1e-14);
  const ours = nn.graphConvolutionOfColumns(layer.weight, x.T, q);
  expectClose(numbers(nn.relu(ours)), numbers(columns), 1e-14);
  // Of a Q that is not symmetric, column j takes q[k, j] of node k.
  const oneWay = sparseMatrix([[0, 1, 5]], [2, 2], { dtype });
  const pair = tensor([[7, 11]], { dtype });
  const moved = nn.graphConvolutionOfColumns(ones([1, 1], { dtype }), pair, oneWay);
  expect(numbers(moved)).toEqual([0, 35]);
  // Kipf and Welling's: σ(Â·X·W).
  expectClose(numbers(y), numbers(nn.relu(q.toDense().matmul(x).matmul(layer.weight.T))), 1e-14);
  const order = [3, 0, 6, 2, 5, 1, 4];
  const renamed = nn.relu(layer.forward(x.take(indices(order)), relabelled(q, order)));
  expectClose(numbers(renamed), numbers(y.take(indices(order))), 1e-14);
  expect(numbers(renamed)).not.toEqual(numbers(y));
  // Sparse features give the same, and gradients reach W and b.
  const withBias = new nn.GraphConvolution(7, 2, { dtype });
  const dense = kite().toDense();
  expectClose(numbers(withBias.forward(kite(), q)), numbers(withBias.forward(dense, q)), 1e-14);
  const slope = gradients(withBias.forward(kite(), q).square().sum(), withBias);
  const same = gradients(withBias.forward(dense, q).square().sum(), withBias);
  expectClose(numbers(slope.weight!), numbers(same.weight!), 1e-13);
  expectClose(numbers(slope.bias!), numbers(same.bias!), 1e-13);
  expect(() => layer.forward(ones([7, 2]), q)).toThrow(/must be \[nodes, 3\], not \[7, 2\]/);
});

/** cos and sin of the ring's frequencies: with them Q·v = λ·v. */
function fourier(nodes: number, frequency: number): Tensor {
  const angles = arange(nodes)
    .cast(dtype)
    .mul((2 * Math.PI * frequency) / nodes);
  return frequency <= nodes / 2 ? angles.cos() : angles.sin();
}

test("GN-02 on a ring of six all that is not 0 is 1/3, with eigenvalues 1, 2/3, 2/3, 0, 0, −1/3", () => {
  const q = nn.normalizedAdjacency(ring(6));
  expect(q.count).toBe(18);
  for (const value of numbers(q.values)) expect(value).toBeCloseTo(1 / 3, 15);
  const eigenvalues = Array.from({ length: 6 }, (_, k) => {
    const v = fourier(6, k);
    const turned = q.matmul(v);
    const value = turned.dot(v).div(v.dot(v)).itemSync();
    expectClose(numbers(turned.sub(v.mul(value))), new Array(6).fill(0), 1e-14);
    return value;
  });
  const wanted = [1, 2 / 3, 2 / 3, 0, 0, -1 / 3];
  expectClose(
    eigenvalues.sort((a, b) => b - a),
    wanted,
    1e-14,
  );
  // Elsewhere qᵢⱼ = (aᵢⱼ + δᵢⱼ)/√(d̃ᵢ·d̃ⱼ).
  const a = kite().toDense().add(eye(7, { dtype }));
  const d = a.sum({ axis: 1 });
  const expected = a.div(d.outer(d).sqrt());
  expectClose(numbers(nn.normalizedAdjacency(kite()).toDense()), numbers(expected), 1e-15);
  // An edge that is named in both directions, or twice, is one.
  const again = nn.adjacencyMatrix(
    [
      [0, 1],
      [1, 0],
      [0, 1],
    ],
    2,
  );
  expect(again.toDense().arraySync()).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test("GN-03 messages along edges add up to the dense product; a node on its own keeps its features", () => {
  const q = nn.normalizedAdjacency(kite());
  const x = randn([7, 5], { dtype });
  const y = nn.aggregate(x, q);
  expectClose(numbers(y), numbers(q.toDense().matmul(x)), 1e-14);
  expect(numbers(y.at(6))).toEqual(numbers(x.at(6)));
  // (X·Q) of node 3 by hand: its neighbours are 2 (degree 3) and 4 (degree 2).
  const parts = [x.at(3).div(3), x.at(2).div(Math.sqrt(3 * 4)), x.at(4).div(3)];
  const sum = parts.reduce((a, b) => a.add(b));
  expectClose(numbers(y.at(3)), numbers(sum), 1e-14);
});

test("GN-04 on a ring a graph convolution is a circular convolution with the window 1/3, 1/3, 1/3", () => {
  const nodes = 9;
  const q = nn.normalizedAdjacency(ring(nodes));
  const x = randn([nodes, 1], { dtype });
  const layer = new nn.GraphConvolution(1, 1, { bias: false, dtype });
  layer.weight.assign(ones([1, 1], { dtype }));
  const window = new nn.Conv2d(1, 1, [1, 3], {
    padding: [0, 1],
    paddingMode: "circular",
    bias: false,
    dtype,
  });
  window.weight.assign(ones([1, 1, 1, 3], { dtype }).div(3));
  const wanted = window.forward(x.reshape([1, 1, 1, nodes]));
  expectClose(numbers(layer.forward(x, q)), numbers(wanted), 1e-14);
  // Q is circulant: a row is the one above, one place further.
  const dense = q.toDense();
  expect(numbers(dense.roll(1, { axis: 0 }).roll(1, { axis: 1 }))).toEqual(numbers(dense));
});

test("GN-05 polynomials of A commute with it and their coefficients are found again; on a ring more commutes", async () => {
  const a = kite();
  const theta = tensor([0.5, -1, 0.25, 2], { dtype });
  const filter = (x: Tensor): Tensor => nn.graphFilter(x, a, theta);
  const x = randn([7, 2], { dtype });
  expectClose(numbers(filter(a.matmul(x))), numbers(a.matmul(filter(x))), 1e-12);
  const h = filter(eye(7, { dtype }));
  const found = await nn.fitGraphFilter(h, a, 3);
  expectClose(numbers(found.coefficients), numbers(theta), 1e-12);
  expect(found.residual).toBeLessThan(1e-14);
  // Of too low a degree something is left over, and so it is for a map that does not commute.
  expect((await nn.fitGraphFilter(h, a, 2)).residual).toBeGreaterThan(0.01);
  expect((await nn.fitGraphFilter(randn([7, 7], { dtype }), a, 3)).residual).toBeGreaterThan(0.3);
  // A path has no eigenvalue twice: what commutes with it is a polynomial. Exchanging its ends does.
  const path = nn.adjacencyMatrix(
    [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
    4,
    { dtype },
  );
  const mirror = eye(4, { dtype }).flip(0);
  expect(numbers(path.matmul(mirror))).toEqual(numbers(path.T.matmul(mirror.T).T));
  expect((await nn.fitGraphFilter(mirror, path, 3)).residual).toBeLessThan(1e-13);
  // A ring has some twice: turning it by a place commutes and is no polynomial of A.
  const turn = eye(6, { dtype }).roll(1);
  const circle = ring(6);
  expect(numbers(circle.matmul(turn))).toEqual(numbers(circle.T.matmul(turn.T).T));
  expect((await nn.fitGraphFilter(turn, circle, 3)).residual).toBeGreaterThan(0.5);
  await expect(nn.fitGraphFilter(turn, circle, 5)).rejects.toThrow(/depends on those before it/);
});

test("GN-06 the largest eigenvalue is 2 with loops added, 1 renormalised: fifty layers explode or stay", () => {
  const start = rand([8], { dtype });
  const added = nn.normalizedAdjacency(ring(8), { selfLoops: "added" });
  const renormalized = nn.normalizedAdjacency(ring(8));
  const iterations = 200;
  expect(largestEigenvalue(added, { start, iterations }).itemSync()).toBeCloseTo(2, 10);
  expect(largestEigenvalue(renormalized, { start, iterations }).itemSync()).toBeCloseTo(1, 10);
  const layers = (q: SparseMatrix, x: Tensor): number => {
    let h = x;
    for (let i = 0; i < 50; i++) h = nn.relu(nn.aggregate(h, q));
    return h.norm().itemSync();
  };
  for (const graph of [ring(8), kite()]) {
    const x = rand([graph.shape[0], 2], { dtype });
    const [loud, quiet] = [
      layers(nn.normalizedAdjacency(graph, { selfLoops: "added" }), x),
      layers(nn.normalizedAdjacency(graph), x),
    ];
    expect(loud).toBeGreaterThan(1e13);
    expect(quiet).toBeLessThanOrEqual(x.norm().itemSync());
    expect(quiet).toBeGreaterThan(0.1);
  }
});

test("GN-07 two communities are told apart from one label each", () => {
  setDefaultDevice("wasm");
  // 34 people, as in the karate club: edges within a community are common, between them rare.
  const nodes = 34;
  const side = (i: number): number => (i < 17 ? 0 : 1);
  const draws = rand([nodes, nodes]).arraySync() as number[][];
  const edges: [number, number][] = [];
  for (let i = 0; i < nodes; i++) {
    for (let j = 0; j < i; j++) {
      if (draws[i]![j]! < (side(i) === side(j) ? 0.35 : 0.04)) edges.push([i, j]);
    }
  }
  const q = nn.normalizedAdjacency(nn.adjacencyMatrix(edges, nodes));
  const x = eye(nodes);
  const labels = indices(Array.from({ length: nodes }, (_, i) => side(i)));
  const labelled = indices([0, nodes - 1]);
  const model = new GCN({ features: nodes, classes: 2, hidden: 8 });
  const optimizer = new Adam(model.parameters(), { lr: 0.02 });
  const step = compile(() => {
    const loss = nn.labelledNodesLoss(model.forward(x, q), labels, labelled);
    optimizer.step(gradients(loss, model));
    return loss;
  });
  for (let i = 0; i < 150; i++) step();
  model.eval();
  const found = model.forward(x, q).argMax({ axis: 1 });
  const share = found.cast("i32").equal(labels).cast("f32").mean().itemSync();
  expect(share).toBeGreaterThan(0.9);
  // Labels of other nodes do not enter the loss.
  const logits = randn([nodes, 2]);
  const others = zeros([nodes], { dtype: "i32" }).set([nodes - 1], 1);
  expect(nn.labelledNodesLoss(logits, labels, labelled).itemSync()).toBe(
    nn.labelledNodesLoss(logits, others, labelled).itemSync(),
  );
});

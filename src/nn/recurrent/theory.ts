// What recurrences do over many steps: the power method, how gradients vanish or explode, how few
// numbers a recurrent network takes, and sampling from one. Seed 002 §2.5.2, §2.5.3; seed 003 §RNN
// Exploding/Vanishing.

import { ShapeError } from "../../ir/errors.ts";
import { full, ones, zeros } from "../../tensor/create.ts";
import { gradients } from "../../tensor/gradients.ts";
import { categorical } from "../../tensor/random.ts";
import { requireSizes, requireWithin } from "../../tensor/requirements.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";

/**
 * hᵗ = Wᵀ·hᵗ⁻¹: the recurrence without inputs and nonlinearity.
 *
 * hᵗ = Q·Λᵗ·Qᵀ·h⁰ for a symmetric W: components away from the top eigenvector vanish beside it.
 *
 * @param W      [n, n]
 * @param start  h⁰: [n]
 * @param steps  how many
 * @returns      h¹ … : [steps, n]
 * @throws ShapeError  W is not square, or start of another size
 * @source  seed 002 (10.36)–(10.38)
 * @example
 * linearRecurrence(tensor([[2, 0], [0, 1]]), tensor([1, 1]), 3); // [[2, 1], [4, 1], [8, 1]]
 */
export function linearRecurrence(W: Tensor, start: Tensor, steps: number): Tensor {
  if (W.rank !== 2 || W.shape[0] !== W.shape[1] || start.shape[0] !== W.shape[0]) {
    throw new ShapeError(
      `linearRecurrence: W must be a square matrix and start a vector of its size, not ${showShape(W.shape)} and ${showShape(start.shape)}`,
    );
  }
  requireSizes("linearRecurrence", { steps }, 0);
  const [, states] = scan(
    (h: Tensor) => {
      const next = W.T.matmul(h);
      return [next, next] as const;
    },
    start,
    { length: steps },
  );
  return states;
}

/**
 * σ_max(W) = max ‖W·v‖ / ‖v‖, by the power method on Wᵀ·W.
 *
 * @param W        [n, m]
 * @param options  steps, default 200; the error falls like (σ₂/σ₁)^(2·steps)
 * @returns        []
 * @throws ShapeError  W is no matrix
 * @source  seed 003 §Adversarial training and operator norm regularization; seed 002 §2.5.3
 * @example
 * spectralNorm(tensor([[3, 0], [0, 1]])); // 3
 */
export function spectralNorm(W: Tensor, { steps = 200 }: { steps?: number } = {}): Tensor {
  requireSizes("spectralNorm", { steps });
  if (W.rank !== 2) throw new ShapeError(`spectralNorm: takes a matrix, not ${showShape(W.shape)}`);
  const n = W.shape[1] as number;
  // No symmetry of W is likely to leave this at right angles to the top direction.
  const start = ones([n], { dtype: W.dtype }).cumSum({ axis: 0 }).sqrt();
  const [top] = scan(
    (v: Tensor) => {
      const next = W.T.matmul(W.matmul(v));
      return [next.div(next.norm()), zeros([])] as const;
    },
    start.div(start.norm()),
    { length: steps },
  );
  return W.matmul(top).norm();
}

/**
 * ‖∇_{hᵗ} R‖ at each step of a recurrence.
 *
 * @param step     (h, x) ↦ the next state
 * @param start    [hidden]
 * @param xs       [time, ...] inputs
 * @param readout  R: the last state ↦ a scalar
 * @returns        [time]: of the states behind each step; the last is ‖∇R‖ itself
 * @throws ShapeError  the inputs have no time
 * @source  seed 003 §RNN Exploding/Vanishing; seed 002 §2.5.3
 * @example
 * stateGradientNorms((h) => h.mul(0.5), ones([1]), zeros([3, 1]), (h) => h.sum()); // [0.25, 0.5, 1]
 */
export function stateGradientNorms(
  step: (h: Tensor, x: Tensor) => Tensor,
  start: Tensor,
  xs: Tensor,
  readout: (h: Tensor) => Tensor,
): Tensor {
  if (xs.rank === 0) {
    throw new ShapeError("stateGradientNorms: xs must be [time, ...], not []");
  }
  // Nothing is added to each state; the gradient by it is that by the state.
  const nothing = zeros([xs.shape[0] as number, ...start.shape], { dtype: start.dtype });
  const [last] = scan(
    (h: Tensor, { x, none }: { x: Tensor; none: Tensor }) =>
      [step(h, x).add(none), zeros([])] as const,
    start,
    { x: xs, none: nothing },
  );
  const found = gradients(readout(last), { nothing }).nothing;
  return found.flatten(1).norm({ axis: 1 });
}

/**
 * The bound on ‖∇_{hᵗ} R‖: σ_max(W)^(s − t)·‖∇_{hˢ} R‖, for activations of slope 1 at most.
 *
 * Below σ_max = 1 it falls to 0, above it may grow without end.
 *
 * @param sigma  σ_max(W)
 * @param steps  s − t
 * @param last   ‖∇_{hˢ} R‖. Default 1
 * @source  seed 003 §RNN Exploding/Vanishing
 * @example
 * gradientBound(0.5, 3); // 0.125
 */
export function gradientBound(sigma: number, steps: number, last = 1): number {
  requireWithin("gradientBound", { sigma, last }, { from: 0 });
  requireSizes("gradientBound", { steps }, 0);
  return sigma ** steps * last;
}

/**
 * Numbers in the tables of P(yᵗ ∣ y¹ … yᵗ⁻¹) for all t: k^τ − 1, with k values a step.
 *
 * @param values  k
 * @param steps   τ
 * @source  seed 002 §2.5.2 (87): the complete graph
 * @example
 * tableParameters(10, 3); // 999
 */
export function tableParameters(values: number, steps: number): number {
  requireSizes("tableParameters", { values });
  requireSizes("tableParameters", { steps }, 0);
  return values ** steps - 1;
}

/**
 * Numbers in a simple recurrent network of the same sequences, however long: m² + 2·m·k + m + k.
 *
 * @param values  k: symbols in and out, one-hot
 * @param hidden  m: transitions take m²
 * @source  seed 002 §2.5.2
 * @example
 * recurrentParameters(10, 5); // 140
 */
export function recurrentParameters(values: number, hidden: number): number {
  requireSizes("recurrentParameters", { values, hidden }, 0);
  return hidden * hidden + 2 * hidden * values + hidden + values;
}

/** Options of sampleSequences. */
export interface SampleOptions {
  /** The symbol that ends a sequence. */
  eos: number;
  /** The symbol before the first. Default: eos. */
  start?: number;
  /** Steps at most. */
  maxLength: number;
}

/**
 * Draws sequences from P(y¹)·P(y² ∣ y¹)·…, symbol by symbol, until the end symbol.
 *
 * @param step     (state, symbols i32 [batch]) ↦ [next state, logits [batch, symbols]]; what it
 *   captures, an encoded x for instance, conditions it
 * @param initial  the first state of each sequence: [batch, ...]
 * @param options  eos, start, maxLength
 * @returns        i32 [batch, maxLength]: the symbols, with eos from the end on
 * @source  seed 002 §2.5.2: ancestral sampling with an end symbol
 * @example
 * sampleSequences((h) => [h, zeros([4, 3])], zeros([4, 1]), { eos: 0, maxLength: 6 }).shape; // [4, 6]
 */
export function sampleSequences(
  step: (state: Tensor, symbols: Tensor) => readonly [state: Tensor, logits: Tensor],
  initial: Tensor,
  { eos, start = eos, maxLength }: SampleOptions,
): Tensor {
  requireSizes("sampleSequences", { maxLength });
  const batch = initial.shape[0] as number;
  const symbols = full([batch], start, { dtype: "i32" });
  const done = zeros([batch], { dtype: "bool" });
  const [, found] = scan(
    ({ h, y, over }: { h: Tensor; y: Tensor; over: Tensor }) => {
      const [next, logits] = step(h, y);
      const drawn = categorical(logits).cast("i32");
      const symbol = drawn.where(over.logicalNot(), eos);
      return [{ h: next, y: symbol, over: over.logicalOr(symbol.equal(eos)) }, symbol] as const;
    },
    { h: initial, y: symbols, over: done },
    { length: maxLength },
  );
  return found.transpose(0, 1);
}

/**
 * Rows one after the other: how long a sequence drawn by sampleSequences is, without its end.
 *
 * @param sequences  integers [batch, time]
 * @param eos        the symbol that ends them
 * @returns          i32 [batch]
 * @throws ShapeError  they are no batch
 * @example
 * sequenceLengths(tensor([[4, 2, 0], [1, 0, 0]], { dtype: "i32" }), 0); // [2, 1]
 */
export function sequenceLengths(sequences: Tensor, eos: number): Tensor {
  if (sequences.rank === 2) return sequences.notEqual(eos).cast("i32").sum({ axis: 1 });
  throw new ShapeError(
    `sequenceLengths: sequences must be [batch, time], not ${showShape(sequences.shape)}`,
  );
}

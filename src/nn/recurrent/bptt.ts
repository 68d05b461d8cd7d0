// Back-propagation through time by hand, beside the automatic one; truncated; and how far gradients
// reach. Seed 002 §2.5.1 (10.18)–(10.28), where (10.21) has its diagonal on the wrong side and (10.23) is
// ∇_b; seed 003 §RNN Exploding/Vanishing.

import { ShapeError } from "../../ir/errors.ts";
import { arange, zeros } from "../../tensor/create.ts";
import { stack } from "../../tensor/functions.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";

/** hᵗ = tanh(b + W·hᵗ⁻¹ + U·xᵗ), oᵗ = c + V·hᵗ. */
export interface SimpleNetwork {
  /** [hidden, in] */
  readonly U: Tensor;
  /** [hidden, hidden] */
  readonly W: Tensor;
  /** [classes, hidden] */
  readonly V: Tensor;
  /** [hidden] */
  readonly b: Tensor;
  /** [classes] */
  readonly c: Tensor;
}

/** What backpropagationThroughTime gives. */
export interface BackpropagationThroughTime extends SimpleNetwork {
  /** Σ_t −log softmax(oᵗ)[yᵗ]: [] nats */
  readonly loss: Tensor;
  /** ∇_{hᵗ} L: [time, hidden] */
  readonly h: Tensor;
  /** ∇_{oᵗ} L: [time, classes] */
  readonly o: Tensor;
}

/**
 * Loss and all gradients of a simple recurrent network with softmax outputs, by the formulas:
 * ∇_o = ŷ − 1_y, ∇_{hᵗ} = Wᵀ·diag(1 − (hᵗ⁺¹)²)·∇_{hᵗ⁺¹} + Vᵀ·∇_{oᵗ}, and sums over time of outer products.
 *
 * @param network  U, W, V, b, c
 * @param x        [time, in]
 * @param y        integers [time], the true classes
 * @returns        the loss, and gradients by U, W, V, b, c, the states and the outputs
 * @throws ShapeError  x and y are not of one time
 * @source  seed 002 (10.18)–(10.28)
 * @example
 * const network = { U: ones([2, 1]), W: zeros([2, 2]), V: zeros([3, 2]), b: zeros([2]), c: zeros([3]) };
 * backpropagationThroughTime(network, ones([4, 1]), zeros([4], { dtype: "i32" })).h.shape; // [4, 2]
 */
export function backpropagationThroughTime(
  { U, W, V, b, c }: SimpleNetwork,
  x: Tensor,
  y: Tensor,
): BackpropagationThroughTime {
  if (x.rank !== 2 || y.rank !== 1 || x.shape[0] !== y.shape[0]) {
    throw new ShapeError(
      `backpropagationThroughTime: takes x [time, in] and y [time], not ${showShape(x.shape)} and ${showShape(y.shape)}`,
    );
  }
  const start = zeros([W.shape[0] as number], { dtype: W.dtype });
  const [, h] = scan(
    (before: Tensor, z: Tensor) => {
      const next = z.add(W.matmul(before)).tanh();
      return [next, next] as const;
    },
    start,
    x.matmul(U.T).add(b),
  ); // [time, hidden]
  const scores = h.matmul(V.T).add(c).logSoftmax(); // [time, classes]
  const truth = arange(V.shape[0] as number)
    .equal(y.unsqueeze(1))
    .cast(scores.dtype);
  const o = scores.exp().sub(truth); // ∇_o
  const slope = h.square().neg().add(1); // 1 − h²
  // From the last step to the first: what reaches hᵗ through hᵗ⁺¹, and what through oᵗ.
  const [, byState] = scan(
    (later: Tensor, { direct, d }: { direct: Tensor; d: Tensor }) => {
      const g = later.add(direct);
      return [W.T.matmul(d.mul(g)), g] as const;
    },
    start,
    { direct: o.matmul(V), d: slope },
    { reverse: true },
  );
  const inner = slope.mul(byState); // diag(1 − h²)·∇_h, at each time
  const before = h.slice(0, -1).pad([[1, 0], 0]); // hᵗ⁻¹
  return {
    loss: scores.mul(truth).sum().neg(),
    h: byState,
    o,
    U: inner.T.matmul(x),
    W: inner.T.matmul(before),
    V: o.T.matmul(h),
    b: inner.sum({ axis: 0 }),
    c: o.sum({ axis: 0 }),
  };
}

/** A state that goes from window to window: a tensor, or several. */
export type WindowState = Tensor | readonly Tensor[] | undefined;

/** Options of truncatedBackpropagation. */
export interface TruncatedOptions<S extends WindowState> {
  /** Steps that gradients go back, at most: each window begins with a state that is a constant. */
  window: number;
  /** The first state. Default: the network's own. */
  state?: S;
}

/**
 * Σ of a loss over windows of a sequence: gradients of it stop where a window begins, states do not.
 *
 * With a window of the whole length it is back-propagation through time.
 *
 * @param loss     of a window: (inputs, targets, state) ↦ [loss, the state behind it]
 * @param x        [time, ...]
 * @param y        [time, ...]
 * @param options  window, state
 * @returns        [the sum of the losses, the last state, detached: for the text that follows]
 * @throws ShapeError  the window is no whole number from 1, or the times differ
 * @source  Williams and Peng 1990; seed 002 §2.5.1
 * @example
 * const rnn = new nn.RNN(1, 2);
 * const [sum, state] = truncatedBackpropagation((x, _, h: Tensor | undefined) => {
 *   const [out, last] = rnn.forward(x, h);
 *   return [out.sum(), last];
 * }, ones([6, 1, 1]), ones([6]), { window: 2 });
 */
export function truncatedBackpropagation<S extends WindowState>(
  loss: (x: Tensor, y: Tensor, state: S | undefined) => readonly [loss: Tensor, state: S],
  x: Tensor,
  y: Tensor,
  { window, state }: TruncatedOptions<S>,
): readonly [loss: Tensor, state: S] {
  const time = x.shape[0] as number;
  if (!(Number.isInteger(window) && window >= 1) || time < 1 || y.shape[0] !== time) {
    throw new ShapeError(
      `truncatedBackpropagation: needs a window ≥ 1 and targets at as many times as inputs, not a window of ${window}, ${showShape(x.shape)} and ${showShape(y.shape)}`,
    );
  }
  let at = state;
  const losses: Tensor[] = [];
  for (let from = 0; from < time; from += window) {
    const to = Math.min(time, from + window);
    const [part, next] = loss(x.slice(from, to), y.slice(from, to), at);
    losses.push(part);
    at = detached(next);
  }
  return [stack(losses).sum(), at as S];
}

function detached<S extends WindowState>(state: S): S {
  if (state === undefined) return state;
  const each = state as Tensor | readonly Tensor[];
  return ("detach" in each ? each.detach() : each.map((t) => t.detach())) as S;
}

// One step of a recurrent layer, given the input's part of the pre-activations: the state's part is
// added here, inside a scan, where nothing else should be. Seeds 002 §2.5, 003 §Simple RNNs, §Memory
// Units, §GRU.

import { relu, sigmoid, tanh } from "../../tensor/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** What a step reads beside input and state; [gates·hidden, hidden] and [gates·hidden]. */
export interface StateWeights {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  /** [width, hidden]: what an LSTM's h goes through. Default: nothing */
  readonly projection?: Tensor | undefined;
}

/** The state's part of the pre-activations: h·Wᵀ + b. */
export function fromState(h: Tensor, { weight, bias }: StateWeights): Tensor {
  const z = h.matmul(weight.T);
  return bias === undefined ? z : z.add(bias);
}

/** Activations of a simple recurrent layer. */
export type Nonlinearity = "tanh" | "relu" | "sigmoid";
export const nonlinearities: Readonly<Record<Nonlinearity, (x: Tensor) => Tensor>> = {
  tanh,
  relu,
  sigmoid,
};

/**
 * (c, h) of an LSTM: c = f·c + i·g, h = o·tanh(c).
 *
 * @param gates      pre-activations of i, f, g, o: [batch, 4·hidden]
 * @param candidate  what g goes through: tanh, or sigmoid as in the textbook of seed 002
 */
export function lstmStep(
  gates: Tensor,
  c: Tensor,
  candidate: "tanh" | "sigmoid" = "tanh",
): { readonly h: Tensor; readonly c: Tensor } {
  const [i, f, g, o] = gates.chunk(4, { axis: -1 }) as [Tensor, Tensor, Tensor, Tensor];
  const next = f
    .sigmoid()
    .mul(c)
    .add(i.sigmoid().mul(nonlinearities[candidate](g)));
  return { h: o.sigmoid().mul(next.tanh()), c: next };
}

/**
 * How a GRU mixes: "pytorch" h′ = (1 − z)·n + z·h with r behind the product with h; "cho", as in seed
 * 003, h′ = (1 − z)·h + z·n with r before it.
 */
export type GRUForm = "pytorch" | "cho";

/**
 * The next state of a GRU.
 *
 * @param inputs  the input's part of the pre-activations of r, z, n: [batch, 3·hidden]
 * @param h       [batch, hidden]
 */
export function gruStep(inputs: Tensor, h: Tensor, weights: StateWeights, form: GRUForm): Tensor {
  const [xr, xz, xn] = inputs.chunk(3, { axis: -1 }) as [Tensor, Tensor, Tensor];
  if (form === "pytorch") {
    const parts = fromState(h, weights).chunk(3, { axis: -1 });
    const [hr, hz, hn] = parts as [Tensor, Tensor, Tensor];
    const [r, z] = [xr.add(hr).sigmoid(), xz.add(hz).sigmoid()];
    const n = xn.add(r.mul(hn)).tanh();
    return n.add(z.mul(h.sub(n)));
  }
  const size = h.shape.at(-1) as number;
  const part = (from: number, to: number): StateWeights => ({
    weight: weights.weight.slice(from * size, to * size),
    bias: weights.bias?.slice(from * size, to * size),
  });
  const [hr, hz] = fromState(h, part(0, 2)).chunk(2, { axis: -1 }) as [Tensor, Tensor];
  const [r, z] = [xr.add(hr).sigmoid(), xz.add(hz).sigmoid()];
  const n = xn.add(fromState(r.mul(h), part(2, 3))).tanh();
  return h.add(z.mul(n.sub(h)));
}

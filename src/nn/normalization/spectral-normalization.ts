// Spectral normalisation: a weight divided by how much it can stretch a vector, so that a layer makes no
// difference larger. The largest singular value is followed by one step of the power method a pass, since
// training moves the weight little in between.

import { Parameter, State } from "../../tensor/cell.ts";
import { randn } from "../../tensor/random.ts";
import { requireSizes, requireWhole, requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import {
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
} from "../convolution/conv-transpose.ts";
import type { Module } from "../module.ts";
import { replaceParameter, restoreParameter } from "../reparametrize.ts";
import { normalize } from "./normalize.ts";

/** Options of spectralNormalization. */
export interface SpectralNormalizationOptions {
  /** The field to normalise. Default "weight". */
  name?: string;
  /** Steps of the power method in each pass while training. Default 1. */
  steps?: number;
  /** The least length that is divided by. Default 1e-12. */
  eps?: number;
  /** The axis of the outputs; the weight is taken as a matrix of it and all others. Default 0, of a
   * transposed convolution 1. */
  axis?: number;
}

/** A layer as it is called. */
interface Callable {
  forward: (...args: unknown[]) => unknown;
}

/** Steps of the power method from a random start, before the first pass. */
const firstSteps = 15;

/**
 * Gives a layer w / σ(w) in place of w, σ the largest singular value as u·(W·v), with u and v from the
 * power method.
 *
 * In the state dict and among the parameters the weight is replaced by `weight_orig`, `weight_u` and
 * `weight_v`, as PyTorch's spectral_norm has it. A pass in training moves u and v on first.
 *
 * @param layer    changed in place: any module with a parameter in the field, and a forward
 * @param options  name, steps, eps, axis
 * @returns        the layer
 * @throws ArgumentError  the field holds no parameter
 * @cost    two products of the weight with a vector a step
 * @source  Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks, alg. 1.
 *   arXiv:1802.05957
 * @example
 * const layer = spectralNormalization(new nn.Linear(3, 2));
 * Object.keys(layer.stateDict()); // ["bias", "weight_orig", "weight_u", "weight_v"]
 */
export function spectralNormalization<M extends Module>(
  layer: M,
  options: SpectralNormalizationOptions = {},
): M {
  const { name = "weight", steps = 1, eps = 1e-12, axis = isTransposed(layer) ? 1 : 0 } = options;
  requireSizes("spectralNormalization", { steps });
  requireWithin("spectralNormalization", { eps }, { from: 0 });
  const matrixOf = (weight: Tensor): Tensor => {
    requireWhole("spectralNormalization", { axis }, { from: 0, to: weight.rank - 1 });
    return weight.moveAxis(axis, 0).flatten(1);
  };
  const unit = (x: Tensor): Tensor => normalize(x, { axis: 0, eps });
  /** u and v after more steps; no gradient goes through them. */
  const followed = (W: Tensor, u: Tensor, count: number): { u: Tensor; v: Tensor } => {
    let [left, right] = [u, unit(W.T.matmul(u))];
    for (let i = 0; i < count; i++) {
      right = unit(W.T.matmul(left));
      left = unit(W.matmul(right));
    }
    return { u: left, v: right };
  };
  const parts = replaceParameter("spectralNormalization", layer, {
    name,
    parts: (weight) => {
      const W = matrixOf(weight);
      const start = unit(randn([W.shape[0] as number], { dtype: W.dtype as "f32" }));
      const { u, v } = followed(W, start, firstSteps);
      return { orig: new Parameter(weight), u: new State(u), v: new State(v) };
    },
    value: ({ orig, u, v }) => orig.div(u.mul(matrixOf(orig).matmul(v)).sum()),
  });
  beforeForward(layer, name, () => {
    const { u, v } = followed(matrixOf(parts.orig.detach()), parts.u, steps);
    parts.u.assign(u);
    parts.v.assign(v);
  });
  return layer;
}

/** What is to be done before each pass in training, by layer and field. */
const moves = new WeakMap<Module, Map<string, () => void>>();

function beforeForward(layer: Module, name: string, move: () => void): void {
  const known = moves.get(layer);
  if (known !== undefined) {
    known.set(name, move);
    return;
  }
  const all = new Map([[name, move]]);
  moves.set(layer, all);
  const { forward } = layer as unknown as Callable;
  Object.defineProperty(layer, "forward", {
    configurable: true,
    enumerable: false,
    value(this: Module, ...args: unknown[]): unknown {
      if (this.training) for (const one of all.values()) one();
      return forward.apply(this, args);
    },
  });
}

const isTransposed = (layer: Module): boolean =>
  [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some((kind) => layer instanceof kind);

/**
 * Puts one parameter back in the place of weight_orig, u and v, with the value that they give.
 *
 * @throws ArgumentError  the parameter is not normalised
 * @example
 * const layer = removeSpectralNormalization(spectralNormalization(new nn.Linear(3, 2)));
 * Object.keys(layer.parameters()); // ["bias", "weight"]
 */
export function removeSpectralNormalization<M extends Module>(layer: M, name = "weight"): M {
  restoreParameter("removeSpectralNormalization", layer, name);
  const left = moves.get(layer);
  left?.delete(name);
  if (left?.size === 0) {
    moves.delete(layer);
    delete (layer as unknown as Partial<Callable>).forward;
  }
  return layer;
}

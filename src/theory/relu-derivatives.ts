// The derivatives of a layer max(0, W·x) written out, entry by entry.

import { ShapeError } from "../ir/errors.ts";
import { eye } from "../tensor/create.ts";
import { einsum } from "../tensor/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The derivatives of one layer of rectifiers. */
export interface ReluLayerDerivatives {
  /** ∂max(0, Wx)ₖ/∂Wᵢⱼ = 1[Wᵢ·x > 0]·xⱼ·δᵢₖ: [out k, out i, in j] */
  readonly byWeight: Tensor;
  /** ∂max(0, Wx)ᵢ/∂xⱼ = 1[Wᵢ·x > 0]·Wᵢⱼ: [out i, in j] */
  readonly byInput: Tensor;
  /** ∂max(0, z)/∂z = diag(H(z)) at z = Wx, with H(0) = 0: [out, out] */
  readonly byPreActivation: Tensor;
}

/**
 * The derivatives of max(0, W·x) by W, x and W·x, in full.
 *
 * @param weight  [out, in]
 * @param x       [in]
 * @throws ShapeError  they are no matrix and vector that go together
 * @source  seed 003 §Derivatives
 * @example
 * reluLayerDerivatives(tensor([[1, 2], [-1, 0]]), tensor([3, 4])).byInput; // [[1, 2], [0, 0]]
 */
export function reluLayerDerivatives(weight: Tensor, x: Tensor): ReluLayerDerivatives {
  if (weight.rank !== 2 || x.rank !== 1 || weight.shape[1] !== x.shape[0]) {
    throw new ShapeError(
      `reluLayerDerivatives: the weight must be [out, in] and x [in], not [${weight.shape.join(", ")}] and [${x.shape.join(", ")}]`,
    );
  }
  const out = weight.shape[0] as number;
  const gate = weight.matmul(x).greater(0).cast(weight.dtype); // [out]
  const identity = eye(out, { dtype: weight.dtype });
  return {
    byWeight: einsum("i,j,ik->kij", gate, x, identity),
    byInput: weight.mul(gate.unsqueeze(1)),
    byPreActivation: identity.mul(gate),
  };
}

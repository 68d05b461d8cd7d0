// Residual: a layer that adds to its input instead of replacing it.

import { ShapeError } from "../ir/errors.ts";
import { requireLayers } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import type { Step } from "./sequential.ts";
import { equalShapes, showShape } from "./shape.ts";

/**
 * g(x) = s(x) + f(x), with Jacobian I + J_f: while f is near zero, gradients go through unchanged.
 *
 * @source  He et al. 2016, Deep Residual Learning for Image Recognition, eq. (1) and (2).
 *   arXiv:1512.03385; seed 003 §Residual layers
 * @example
 * new Residual(new Linear(3, 3)).forward(zeros([2, 3])).shape; // [2, 3]
 */
export class Residual extends Module {
  /** f */
  readonly body: Step;
  /** s: a projection where the shapes of input and output differ. Default: the input itself */
  readonly shortcut: Step | undefined;

  constructor(body: Step, { shortcut }: { shortcut?: Step } = {}) {
    super();
    requireLayers("Residual", { body, ...(shortcut && { shortcut }) });
    this.body = body;
    this.shortcut = shortcut;
  }

  /** @throws ShapeError  body and shortcut give different shapes */
  forward(x: Tensor): Tensor {
    const y = run(this.body, x);
    const straight = this.shortcut === undefined ? x : run(this.shortcut, x);
    if (!equalShapes(y.shape, straight.shape)) {
      throw new ShapeError(
        `Residual: the body gives ${showShape(y.shape)} and the shortcut ${showShape(straight.shape)}; a shortcut with a projection makes them one shape`,
      );
    }
    return straight.add(y);
  }
}

const run = (step: Step, x: Tensor): Tensor =>
  typeof step === "function" ? step(x) : step.forward(x);

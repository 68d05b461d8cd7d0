// Skip connections that concatenate: a layer's output beside its input instead of added to it
// (Residual). Repeated, every layer sees the outputs of all before it: dense connectivity.

import { ShapeError } from "../ir/errors.ts";
import { concat } from "../tensor/functions.ts";
import { requireLayers, requireWhole } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import type { Step } from "./sequential.ts";
import { showShape } from "./shape.ts";

/**
 * g(x) = [x, f(x)] along an axis: c channels in, c + those of f out.
 *
 * @source  Huang et al. 2017, Densely Connected Convolutional Networks, eq. (2). arXiv:1608.06993;
 *   seed 003 §Dense Connectivity, §Short Connectivity
 * @example
 * new Skip(new Conv2d(3, 8, 3, { padding: 1 })).forward(zeros([2, 3, 4, 4])).shape; // [2, 11, 4, 4]
 */
export class Skip extends Module {
  /** f */
  readonly body: Step;
  readonly axis: number;

  /** @param options  axis that the channels lie along. Default 1 */
  constructor(body: Step, { axis = 1 }: { axis?: number } = {}) {
    super();
    requireLayers("Skip", { body });
    requireWhole("Skip", { axis });
    this.body = body;
    this.axis = axis;
  }

  /** @throws ShapeError  x and f(x) differ in another axis */
  forward(x: Tensor): Tensor {
    const y = typeof this.body === "function" ? this.body(x) : this.body.forward(x);
    const at = this.axis < 0 ? this.axis + x.rank : this.axis;
    if (y.rank !== x.rank || y.shape.some((size, i) => i !== at && size !== x.shape[i])) {
      throw new ShapeError(
        `Skip: the body gives ${showShape(y.shape)} of ${showShape(x.shape)}; they must agree in all axes but ${at}`,
      );
    }
    return concat([x, y], { axis: at });
  }
}

/**
 * Layers that each see the concatenated outputs of all before them.
 *
 * @param layers  layer l takes k₀ + l·k channels and gives k, the growth
 * @returns       Skip layers, to go into a sequential
 * @source  Huang et al. 2017, Densely Connected Convolutional Networks, §3. arXiv:1608.06993
 * @example
 * nn.sequential(...densely([new nn.Linear(4, 2), new nn.Linear(6, 2)])).forward(zeros([1, 4])).shape; // [1, 8]
 */
export const densely = (layers: readonly Step[], { axis = 1 }: { axis?: number } = {}): Skip[] =>
  layers.map((layer) => new Skip(layer, { axis }));

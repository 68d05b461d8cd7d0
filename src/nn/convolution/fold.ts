// Windows of an image as columns, and columns laid back over an image: what a convolution does beside
// its products. Fold is the adjoint of Unfold: where windows overlap, they are added.

import { ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { zeros } from "../../tensor/create.ts";
import { vjp } from "../../tensor/derivatives.ts";
import { eachAxis } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";
import { showShape, sizeOf } from "../shape.ts";
import { outputSize as windowCount } from "./geometry.ts";

/** Options of Fold. */
export interface FoldOptions {
  /** Steps between windows. Default 1. */
  stride?: Spatial;
  /** Zeros on both sides. Default 0. */
  padding?: Spatial;
  /** Steps between the elements of a window. Default 1. */
  dilation?: Spatial;
}

/** What both directions know: how windows lie in an image. */
abstract class Windows extends Module {
  /** Height and width, as the following. */
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];

  constructor(kernelSize: Spatial, options: FoldOptions) {
    super();
    const name = this.constructor.name;
    this.kernelSize = eachAxis(name, "kernelSize", kernelSize, 2);
    this.stride = eachAxis(name, "stride", options.stride ?? 1, 2);
    this.padding = eachAxis(name, "padding", options.padding ?? 0, 2, 0);
    this.dilation = eachAxis(name, "dilation", options.dilation ?? 1, 2);
  }

  /** [batch, channels, height, width] → [batch, channels · taps, windows]. */
  protected columns(x: Tensor): Tensor {
    let view = x.pad(this.padding.map((width) => [width, width] as const));
    for (const [i, size] of this.kernelSize.entries()) {
      view = view.unfold(2 + i, size, { stride: this.stride[i], dilation: this.dilation[i] });
    }
    // [batch, channels, rows, columns, kernel height, kernel width]
    return view.permute([0, 1, 4, 5, 2, 3]).flatten(1, 3).flatten(2);
  }
}

/**
 * Every window of an image as a column: [batch, channels, height, width] → [batch, channels·taps, windows].
 *
 * A convolution is the product of its weight, as [out, channels·taps], with these columns.
 *
 * @source  Chellapilla, Puri and Simard 2006, High Performance Convolutional Neural Networks for Document
 *   Processing, §2; PyTorch's Unfold
 * @example
 * new Unfold(2).forward(tensor([[[1, 2, 3], [4, 5, 6]]])); // [[1, 2], [2, 3], [4, 5], [5, 6]]
 */
export class Unfold extends Windows {
  /** @param options  stride, padding, dilation */
  constructor(kernelSize: Spatial, options: FoldOptions = {}) {
    super(kernelSize, options);
  }

  /**
   * @param x  [batch, channels, height, width], or without batch
   * @throws ShapeError  the rank differs, or no window fits
   */
  forward(x: Tensor): Tensor {
    if (x.rank === 3) return this.forward(x.unsqueeze(0)).squeeze(0);
    if (x.rank !== 4) {
      throw new ShapeError(
        `Unfold: the input must be [batch, channels, height, width] or without batch, not ${showShape(x.shape)}`,
      );
    }
    return this.columns(x);
  }
}

/**
 * Columns laid over an image, added where they overlap: ⟨Unfold(x), y⟩ = ⟨x, Fold(y)⟩.
 *
 * @source  PyTorch's Fold
 * @example
 * new Fold([1, 3], [1, 2]).forward(tensor([[1, 2], [3, 4]])); // [[[1, 5, 4]]]
 */
export class Fold extends Windows {
  /** Height and width of the image. */
  readonly outputSize: readonly number[];

  /** @param outputSize  height and width of the image @param options  stride, padding, dilation */
  constructor(outputSize: Spatial, kernelSize: Spatial, options: FoldOptions = {}) {
    super(kernelSize, options);
    this.outputSize = eachAxis("Fold", "outputSize", outputSize, 2);
  }

  /**
   * @param y  [batch, channels·taps, windows], or without batch
   * @returns  [batch, channels, height, width]
   * @throws ShapeError  the columns are not those of the windows of such an image
   */
  forward(y: Tensor): Tensor {
    if (y.rank === 2) return this.forward(y.unsqueeze(0)).squeeze(0);
    const { outputSize, kernelSize, stride, padding, dilation } = this;
    const taps = sizeOf(kernelSize);
    const windows = outputSize.map((n, i) =>
      windowCount(n, {
        kernel: kernelSize[i] as number,
        stride: stride[i],
        padding: padding[i],
        dilation: dilation[i],
      }),
    );
    const [batch = 0, rows = 0, count] = y.shape;
    if (y.rank !== 3 || rows % taps !== 0 || count !== sizeOf(windows)) {
      throw new ShapeError(
        `Fold: the input must be [batch, channels · ${taps}, ${sizeOf(windows)}] or without batch, not ${showShape(y.shape)}`,
      );
    }
    const empty = zeros([batch, rows / taps, ...outputSize], { dtype: y.dtype });
    const [, laidBack] = vjp((x: Tensor) => this.columns(x), empty);
    return laidBack(y)[0];
  }
}

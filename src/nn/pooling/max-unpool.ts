// Maxima back where they were found, and zeros elsewhere: the way up of a network whose way down pools
// (deconvolution, segmentation).

import { isFloat } from "../../ir/dtype.ts";
import { DTypeError, ShapeError } from "../../ir/errors.ts";
import type { Spatial } from "../../tensor/convolution.ts";
import { zeros } from "../../tensor/create.ts";
import { eachAxis } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OutputSizeOptions } from "../convolution/conv-transpose.ts";
import { PlaceLayer } from "../places.ts";
import { equalShapes, showShape, sizeOf } from "../shape.ts";
import type { PoolOptions } from "./pool.ts";

/** What all ranks do. */
abstract class MaxUnpool extends PlaceLayer {
  /** One number an axis, as the following: those of the pooling. */
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  /** @param options  stride, default the window; padding, default 0: as of the pooling */
  constructor(kernelSize: Spatial, options: Pick<PoolOptions, "stride" | "padding"> = {}) {
    super();
    const [name, rank] = [this.constructor.name, this.axes()];
    this.kernelSize = eachAxis(name, "kernelSize", kernelSize, rank);
    this.stride = eachAxis(name, "stride", options.stride ?? kernelSize, rank);
    this.padding = eachAxis(name, "padding", options.padding ?? 0, rank, 0);
  }

  /**
   * @param x        [batch, channels, ...places], or without batch
   * @param indices  integers of its shape: where in its map each goes, row by row; of several in one
   *   place the last stays
   * @param options  outputSize: the places of the result. Default (place − 1)·stride − 2·padding + kernel
   * @throws ShapeError  the shapes differ
   * @throws IndexError  on reading, if an index lies outside
   */
  forward(x: Tensor, indices: Tensor, { outputSize }: OutputSizeOptions = {}): Tensor {
    this.requirePlaces(x);
    const axes = this.axes();
    const { kernelSize, stride, padding } = this;
    const name = this.constructor.name;
    if (!equalShapes(x.shape, indices.shape)) {
      throw new ShapeError(
        `${name}: indices must have the shape of the input ${showShape(x.shape)}, not ${showShape(indices.shape)}`,
      );
    }
    if (isFloat(indices.dtype) || indices.dtype === "bool") {
      throw new DTypeError(`${name}: indices must be integers, not ${indices.dtype}`);
    }
    const usual = x.shape
      .slice(-axes)
      .map((n, i) => (n - 1) * (stride[i] as number) - 2 * (padding[i] as number))
      .map((n, i) => n + (kernelSize[i] as number));
    const places =
      outputSize === undefined ? usual : eachAxis(name, "outputSize", outputSize, axes);
    const maps = x.shape.slice(0, -axes);
    const empty = zeros([...maps, sizeOf(places)], { dtype: x.dtype });
    const full = empty.scatter(indices.flatten(-axes), x.flatten(-axes), { axis: -1 });
    return full.reshape([...maps, ...places]);
  }
}

/**
 * As MaxUnpool2d, along one axis.
 *
 * @example
 * new MaxUnpool1d(2).forward(tensor([[5, 7]]), tensor([[1, 2]], { dtype: "i32" })); // [[0, 5, 7, 0]]
 */
export class MaxUnpool1d extends MaxUnpool {
  protected override axes(): number {
    return 1;
  }
}

/**
 * y[index] = x, and 0 elsewhere: MaxPool2d undone, but for what it did not keep.
 *
 * @source  Zeiler, Taylor and Fergus 2011, Adaptive Deconvolutional Networks, §2.2
 * @example
 * const { values, indices } = new MaxPool2d(2).withIndices(ones([1, 3, 8, 8]));
 * new MaxUnpool2d(2).forward(values, indices).shape; // [1, 3, 8, 8]
 */
export class MaxUnpool2d extends MaxUnpool {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As MaxUnpool2d, along three axes.
 *
 * @example
 * const index = zeros([1, 1, 1, 1], { dtype: "i32" });
 * new MaxUnpool3d(2).forward(ones([1, 1, 1, 1]), index).shape; // [1, 2, 2, 2]
 */
export class MaxUnpool3d extends MaxUnpool {
  protected override axes(): number {
    return 3;
  }
}

// Padding as layers: elements added around the places of every map. Widths are those of x.pad: one number
// for all sides, or one or [before, after] an axis, in the order of the axes (PyTorch begins with the last).

import { ShapeError } from "../ir/errors.ts";
import type { PadMode, PadWidth } from "../tensor/arrangement.ts";
import { requireWhole, requireWithin } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { PlaceLayer } from "./places.ts";

/** What all modes and ranks do. */
abstract class Padding extends PlaceLayer {
  /** Before and after each axis. */
  readonly padding: readonly (readonly [before: number, after: number])[];

  /** @param padding  a width for all sides, or a width or [before, after] an axis; negative ones cut */
  constructor(padding: number | readonly PadWidth[]) {
    super();
    const name = this.constructor.name;
    const axes = this.axes();
    const list = typeof padding === "number" ? new Array<PadWidth>(axes).fill(padding) : padding;
    if (list.length !== axes) {
      throw new ShapeError(
        `${name}: padding must be one width or ${axes}, one an axis, not ${list.length}`,
      );
    }
    this.padding = list.map((width) => {
      const [before, after] = typeof width === "number" ? [width, width] : width;
      for (const one of [before, after]) requireWhole(name, { padding: one });
      return [before, after];
    });
  }

  protected abstract get mode(): PadMode;

  /** What is added, in the units of x. */
  protected get filler(): number {
    return 0;
  }

  /**
   * @param x  [batch, channels, ...places], or without batch
   * @returns  [batch, channels, before + place + after, …]
   * @throws ShapeError  the rank differs, or a side is too short to be mirrored or repeated
   */
  forward(x: Tensor): Tensor {
    this.requirePlaces(x);
    return x.pad(this.padding, { mode: this.mode, value: this.filler });
  }
}

/** Zeros around the places. */
abstract class ZeroPad extends Padding {
  protected override get mode(): PadMode {
    return "constant";
  }
}

/** A number around the places. */
abstract class ConstantPad extends ZeroPad {
  /** In the units of x. */
  readonly value: number;

  /** @param padding  a width, or one an axis @param value  what is added */
  constructor(padding: number | readonly PadWidth[], value: number) {
    super(padding);
    requireWithin(this.constructor.name, { value });
    this.value = value;
  }

  protected override get filler(): number {
    return this.value;
  }
}

/** What lies inside mirrored at the edge, which is not repeated. */
abstract class ReflectionPad extends Padding {
  protected override get mode(): PadMode {
    return "reflect";
  }
}

/** The edge repeated. */
abstract class ReplicationPad extends Padding {
  protected override get mode(): PadMode {
    return "replicate";
  }
}

/** What lies at the other end. */
abstract class CircularPad extends Padding {
  protected override get mode(): PadMode {
    return "circular";
  }
}

/**
 * Zeros around a sequence.
 *
 * @example
 * new ZeroPad1d(1).forward(tensor([[1, 2]])); // [[0, 1, 2, 0]]
 */
export class ZeroPad1d extends ZeroPad {
  protected override axes(): number {
    return 1;
  }
}

/**
 * Zeros around an image.
 *
 * @example
 * new ZeroPad2d([1, [0, 2]]).forward(ones([3, 4, 5])).shape; // [3, 6, 7]
 */
export class ZeroPad2d extends ZeroPad {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As ZeroPad2d, of volumes.
 *
 * @example
 * new ZeroPad3d(1).forward(ones([3, 2, 4, 5])).shape; // [3, 4, 6, 7]
 */
export class ZeroPad3d extends ZeroPad {
  protected override axes(): number {
    return 3;
  }
}

/**
 * One number around a sequence.
 *
 * @example
 * new ConstantPad1d(1, 9).forward(tensor([[1, 2]])); // [[9, 1, 2, 9]]
 */
export class ConstantPad1d extends ConstantPad {
  protected override axes(): number {
    return 1;
  }
}

/**
 * One number around an image.
 *
 * @example
 * new ConstantPad2d(1, 0.5).forward(ones([3, 4, 5])).shape; // [3, 6, 7]
 */
export class ConstantPad2d extends ConstantPad {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As ConstantPad2d, of volumes.
 *
 * @example
 * new ConstantPad3d(1, 0).forward(ones([3, 2, 4, 5])).shape; // [3, 4, 6, 7]
 */
export class ConstantPad3d extends ConstantPad {
  protected override axes(): number {
    return 3;
  }
}

/**
 * A sequence mirrored at both ends, which are not repeated.
 *
 * @example
 * new ReflectionPad1d([[2, 1]]).forward(tensor([[1, 2, 3]])); // [[3, 2, 1, 2, 3, 2]]
 */
export class ReflectionPad1d extends ReflectionPad {
  protected override axes(): number {
    return 1;
  }
}

/**
 * An image mirrored at its edges, which are not repeated.
 *
 * @example
 * new ReflectionPad2d(1).forward(ones([3, 4, 5])).shape; // [3, 6, 7]
 */
export class ReflectionPad2d extends ReflectionPad {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As ReflectionPad2d, of volumes.
 *
 * @example
 * new ReflectionPad3d(1).forward(ones([3, 2, 4, 5])).shape; // [3, 4, 6, 7]
 */
export class ReflectionPad3d extends ReflectionPad {
  protected override axes(): number {
    return 3;
  }
}

/**
 * A sequence with its ends repeated.
 *
 * @example
 * new ReplicationPad1d(2).forward(tensor([[1, 2]])); // [[1, 1, 1, 2, 2, 2]]
 */
export class ReplicationPad1d extends ReplicationPad {
  protected override axes(): number {
    return 1;
  }
}

/**
 * An image with its edges repeated.
 *
 * @example
 * new ReplicationPad2d(1).forward(ones([3, 4, 5])).shape; // [3, 6, 7]
 */
export class ReplicationPad2d extends ReplicationPad {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As ReplicationPad2d, of volumes.
 *
 * @example
 * new ReplicationPad3d(1).forward(ones([3, 2, 4, 5])).shape; // [3, 4, 6, 7]
 */
export class ReplicationPad3d extends ReplicationPad {
  protected override axes(): number {
    return 3;
  }
}

/**
 * A sequence that goes on with its other end.
 *
 * @example
 * new CircularPad1d(1).forward(tensor([[1, 2, 3]])); // [[3, 1, 2, 3, 1]]
 */
export class CircularPad1d extends CircularPad {
  protected override axes(): number {
    return 1;
  }
}

/**
 * An image that goes on with its other side.
 *
 * @example
 * new CircularPad2d(1).forward(ones([3, 4, 5])).shape; // [3, 6, 7]
 */
export class CircularPad2d extends CircularPad {
  protected override axes(): number {
    return 2;
  }
}

/**
 * As CircularPad2d, of volumes.
 *
 * @example
 * new CircularPad3d(1).forward(ones([3, 2, 4, 5])).shape; // [3, 4, 6, 7]
 */
export class CircularPad3d extends CircularPad {
  protected override axes(): number {
    return 3;
  }
}

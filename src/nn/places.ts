// Layers over places: the length of a sequence, the height and width of an image, the three sides of a
// volume. What such a layer does is said once, for any number of axes; the classes whose names end in
// 1d, 2d and 3d say how many there are.

import { ShapeError } from "../ir/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import { showShape } from "./shape.ts";

/** What layers over places extend. */
export abstract class PlaceLayer extends Module {
  /** Axes of places: the last ones of an input. */
  protected abstract axes(): number;

  /** Throws unless x is [batch, channels, ...places] or [channels, ...places]. */
  protected requirePlaces(x: Tensor): void {
    const axes = this.axes();
    if (x.rank === axes + 1 || x.rank === axes + 2) return;
    throw new ShapeError(
      `${this.constructor.name}: the input must have ${axes} axes of places after [batch, channels] or [channels], not ${showShape(x.shape)}`,
    );
  }
}

// Pictures changed at random while training. A module, because in evaluation they must go through as
// they are.

import { type AugmentOptions, augment } from "../../data/index.ts";
import type { Tensor } from "../../index.ts";
import * as nn from "../../nn/index.ts";

/** `augment` while training. */
export class RandomChange extends nn.Module {
  readonly options: AugmentOptions;

  constructor(options: AugmentOptions) {
    super();
    this.options = options;
  }

  /** @param x  [batch, channels, height, width] */
  forward(x: Tensor): Tensor {
    return this.training ? augment(x, this.options) : x;
  }
}

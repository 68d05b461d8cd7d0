// Pictures changed at random while training: moved by some pixels, mirrored. As modules, because in
// evaluation they must let everything through.

import { bernoulli, randint, type Tensor } from "../../index.ts";
import * as nn from "../../nn/index.ts";

/** Moves each picture by at most `reach` pixels along both axes; what comes in is 0. */
export class RandomShift extends nn.Module {
  readonly reach: number;

  constructor(reach: number) {
    super();
    this.reach = reach;
  }

  /** @param x  [batch, channels, height, width] */
  forward(x: Tensor): Tensor {
    if (!this.training) return x;
    const { reach } = this;
    const [batch, , height, width] = x.shape as [number, number, number, number];
    const edge = [reach, reach] as const;
    const places = (): Tensor => randint([batch, 1, 1, 1], { low: 0, high: 2 * reach + 1 });
    const [down, right] = [places(), places()];
    const choose = (at: Tensor, part: (from: number) => Tensor): Tensor => {
      let chosen = part(0);
      for (let from = 1; from <= 2 * reach; from++) {
        chosen = chosen.where(at.notEqual(from), part(from));
      }
      return chosen;
    };
    const tall = x.pad([0, 0, edge, 0]);
    const moved = choose(down, (from) => tall.at("...", `${from}:${from + height}`, ":"));
    const wide = moved.pad([0, 0, 0, edge]);
    return choose(right, (from) => wide.at("...", `${from}:${from + width}`));
  }
}

/** Mirrors each picture left to right with probability ½. */
export class RandomFlip extends nn.Module {
  /** @param x  [batch, channels, height, width] */
  forward(x: Tensor): Tensor {
    if (!this.training) return x;
    const isMirrored = bernoulli(0.5, { shape: [x.shape[0] as number, 1, 1, 1], dtype: "bool" });
    return x.flip(3).where(isMirrored, x);
  }
}

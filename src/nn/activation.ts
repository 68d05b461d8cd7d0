// Activations as modules. Where an activation has no options the plain function does as well:
// sequential(new Linear(2, 3), relu).

import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

export {
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  relu,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "../tensor/functions.ts";

/** max(x, 0). */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/** 1 / (1 + e⁻ˣ). */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** x·Φ(x), with Φ the distribution function of the standard normal. */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  /** @param options  approximate: "tanh" for the formula with tanh. Default "none" */
  constructor({ approximate = "none" }: { approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = approximate;
  }

  forward(x: Tensor): Tensor {
    return x.gelu({ approximate: this.approximate });
  }
}

/** eˣ / Σ eˣ along an axis. */
export class Softmax extends Module {
  readonly axis: number;

  /** @param options  axis. Default the last */
  constructor({ axis = -1 }: { axis?: number } = {}) {
    super();
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return x.softmax({ axis: this.axis });
  }
}

// Autoencoders of linear layers: a code, and the way back from it. Stacked, each codes what the one
// before it gives.

import { ArgumentError } from "../ir/errors.ts";
import { sigmoid } from "../tensor/functions.ts";
import { requireSizes } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Linear, type LinearOptions } from "./linear.ts";
import { Module } from "./module.ts";

/** Options of Autoencoder. */
export interface AutoencoderOptions extends Pick<LinearOptions, "dtype"> {
  /** g of the code. Default sigmoid */
  activation?: (z: Tensor) => Tensor;
  /** Of the reconstruction; for inputs in [0, 1] sigmoid does. Default: none */
  output?: (z: Tensor) => Tensor;
}

/**
 * One hidden layer that is trained to give back its input: h = g(W·x + b), x̂ = o(W*·h + c).
 *
 * @source  seed 001 §1.3; 000, Unsupervised Pre-Training
 * @example
 * new Autoencoder(8, 3).encode(zeros([5, 8])).shape; // [5, 3]
 */
export class Autoencoder extends Module {
  readonly encoder: Linear;
  readonly decoder: Linear;
  readonly activation: (z: Tensor) => Tensor;
  readonly output: ((z: Tensor) => Tensor) | undefined;

  constructor(features: number, code: number, options: AutoencoderOptions = {}) {
    super();
    requireSizes("Autoencoder", { features, code });
    const { activation = sigmoid, output, dtype = "f32" } = options;
    this.encoder = new Linear(features, code, { dtype });
    this.decoder = new Linear(code, features, { dtype });
    this.activation = activation;
    this.output = output;
  }

  /** [..., features] → [..., code] */
  encode(x: Tensor): Tensor {
    return this.activation(this.encoder.forward(x));
  }

  /** [..., code] → [..., features] */
  decode(h: Tensor): Tensor {
    const z = this.decoder.forward(h);
    return this.output === undefined ? z : this.output(z);
  }

  /** The reconstruction of x. */
  forward(x: Tensor): Tensor {
    return this.decode(this.encode(x));
  }
}

/** What a stack is made of. */
export interface Coder {
  encode(x: Tensor): Tensor;
  decode(h: Tensor): Tensor;
}

/**
 * Autoencoders in a row: the codes go up through all encoders, the reconstruction comes down through
 * all decoders.
 *
 * @source  Hinton and Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural Networks
 * @example
 * new DeepAutoencoder([new Autoencoder(8, 4), new Autoencoder(4, 2)]).forward(zeros([1, 8])).shape; // [1, 8]
 */
export class DeepAutoencoder extends Module {
  readonly layers: readonly Coder[];

  /** @throws ArgumentError  there is no layer */
  constructor(layers: readonly Coder[]) {
    super();
    if (layers.length === 0) throw new ArgumentError("DeepAutoencoder: layers must not be empty");
    this.layers = layers;
  }

  encode(x: Tensor): Tensor {
    return this.layers.reduce((h, layer) => layer.encode(h), x);
  }

  decode(h: Tensor): Tensor {
    return this.layers.reduceRight((code, layer) => layer.decode(code), h);
  }

  forward(x: Tensor): Tensor {
    return this.decode(this.encode(x));
  }
}

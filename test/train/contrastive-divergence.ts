// A restricted Boltzmann machine as a learner of layers, for the test of the driver: binary units,
// one step of contrastive divergence (Hinton 2002), no more than that.

import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { zeros } from "../../src/tensor/create.ts";
import { bernoulli, normal } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import type { LayerLearner } from "../../src/train/index.ts";

export class Rbm {
  readonly weight: Parameter;
  readonly visible: Parameter;
  readonly hidden: Parameter;

  constructor(features: number, units: number) {
    this.weight = new Parameter(normal([features, units], { std: 0.1 }));
    this.visible = new Parameter(zeros([features]));
    this.hidden = new Parameter(zeros([units]));
  }

  /** P(h = 1 ∣ v) */
  encode(v: Tensor): Tensor {
    return v.matmul(this.weight).add(this.hidden).sigmoid();
  }

  /** P(v = 1 ∣ h) */
  decode(h: Tensor): Tensor {
    return h.matmul(this.weight.T).add(this.visible).sigmoid();
  }

  /** One update; the mean squared error of the reconstruction. */
  learn(v: Tensor, lr: number): Tensor {
    const up = this.encode(v);
    const back = this.decode(bernoulli(up));
    const again = this.encode(back);
    const step = lr / (v.shape[0] as number);
    const towards = v.T.matmul(up).sub(back.T.matmul(again));
    this.weight.assign(this.weight.add(towards.mul(step)));
    this.visible.assign(this.visible.add(v.sub(back).mean({ axis: 0 }).mul(lr)));
    this.hidden.assign(this.hidden.add(up.sub(again).mean({ axis: 0 }).mul(lr)));
    return v.sub(back).square().mean();
  }
}

/** Learns a layer from all examples at once. */
export function rbmLearner(
  units: number,
  { steps = 200, lr = 0.5, onStep = (_: number): void => {} } = {},
): LayerLearner<Rbm> {
  return (x) => {
    const layer = new Rbm(x.shape[1] as number, units);
    const step = compile((v: Tensor) => layer.learn(v, lr));
    for (let i = 0; i < steps; i++) onStep(step(x).itemSync());
    return layer;
  };
}

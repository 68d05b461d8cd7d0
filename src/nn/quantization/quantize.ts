// Post-training quantisation: a trained network whose linear and convolution layers compute on bytes.
// How large the inputs of each layer are is seen on some examples; nothing is trained again.

import { DataError } from "../../ir/errors.ts";
import { realize } from "../../tensor/engine.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Conv2d } from "../convolution/conv.ts";
import { Linear } from "../linear.ts";
import { Sequential, type Step } from "../sequential.ts";
import { QuantizedConv2d, QuantizedLinear } from "./quantized-layers.ts";
import { activationRange } from "./scheme.ts";

/**
 * The network in eight bits.
 *
 * @param model     layers in a row; Linear and Conv2d, also in rows within it, become bytes, all else
 *   stays as it is and is shared. It is put into evaluation mode, in which it stays
 * @param examples  inputs as in use, some hundred: the largest and smallest number that each layer is
 *   given among them is the range of its bytes, and what goes beyond is cut off
 * @returns         a network to evaluate, not to train
 * @throws DataError  there is no layer to quantise, or a convolution does not pad with zeros
 * @source  Jacob et al. 2018, §2 and §3 (without training). arXiv:1712.05877; seed 001 §1.11
 * @example
 * const small = await quantize(nn.sequential(new nn.Linear(3, 4), nn.relu, new nn.Linear(4, 2)), ones([5, 3]));
 * small.forward(ones([1, 3])).shape; // [1, 2]
 */
export async function quantize(model: Sequential, examples: Tensor): Promise<Sequential> {
  model.eval();
  const count = { layers: 0 };
  const { layers } = await quantizeSteps(model.layers, examples, count);
  if (count.layers === 0) {
    throw new DataError("quantize: the model has no Linear and no Conv2d layer");
  }
  return new Sequential(...layers).eval();
}

async function quantizeSteps(
  steps: readonly Step[],
  input: Tensor,
  count: { layers: number },
): Promise<{ layers: Step[]; output: Tensor }> {
  const layers: Step[] = [];
  let x = input;
  for (const step of steps) {
    if (step instanceof Sequential) {
      const inner = await quantizeSteps(step.layers, x, count);
      layers.push(new Sequential(...inner.layers));
      x = inner.output;
      continue;
    }
    layers.push(quantizeStep(step, x, count));
    x = typeof step === "function" ? step(x) : step.forward(x);
    await realize(x);
  }
  return { layers, output: x };
}

function quantizeStep(step: Step, x: Tensor, count: { layers: number }): Step {
  if (!(step instanceof Linear || step instanceof Conv2d)) return step;
  count.layers++;
  const range = activationRange(x.amin(), x.amax());
  if (step instanceof Linear) return new QuantizedLinear(step, range);
  if (step.paddingMode !== "zeros") {
    throw new DataError(
      `quantize: a Conv2d pads with "${step.paddingMode}"; only zeros are quantised`,
    );
  }
  return new QuantizedConv2d(step, range);
}

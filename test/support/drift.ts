// The same training on several devices: what the losses were, and the weights at the end.

import { setDefaultDevice } from "../../src/device/devices.ts";
import { compile, gradients, randint, randn, seed, type Tensor } from "../../src/index.ts";
import { crossEntropy, Linear, type Module, ReLU, sequential } from "../../src/nn/index.ts";
import { AdamW, SGD } from "../../src/optim/index.ts";
import { SmallGpt } from "./small-gpt.ts";

type Network = Module & { forward(x: Tensor): Tensor };

interface Task {
  readonly make: () => Network;
  /** A batch: inputs and labels. */
  readonly batch: () => readonly [Tensor, Tensor];
}

const gptSize = { vocabulary: 20, context: 16, width: 32, heads: 4, blocks: 2 };

/** Each has something to learn, so that losses fall and chaos has its chance. */
export const tasks: Readonly<Record<"mlp" | "gpt", Task>> = {
  mlp: {
    make: () => sequential(new Linear(20, 64), new ReLU(), new Linear(64, 32), new Linear(32, 5)),
    batch: () => {
      const x = randn([32, 20]);
      return [x, x.at(":", ":5").argMax({ axis: 1 })];
    },
  },
  gpt: {
    make: () => new SmallGpt(gptSize),
    batch: () => {
      // What stood before, which attention can find.
      const ids = randint([8, 17], { high: gptSize.vocabulary });
      return [ids.at(":", "1:"), ids.at(":", ":16")];
    },
  },
};

export interface Training {
  readonly losses: readonly number[];
  readonly weights: readonly Float32Array[];
}

/**
 * `optimizer`: Adam divides a gradient by its own size, so that one which is zero but for rounding (a
 * key's bias under softmax) moves its weight by a whole step, some way or other. SGD does not.
 */
export async function train(
  device: string,
  { make, batch }: Task,
  { steps, optimizer: kind }: { steps: number; optimizer: "SGD" | "AdamW" },
): Promise<Training> {
  setDefaultDevice(device);
  seed(11);
  const model = make();
  const weights = model.parameters();
  const optimizer =
    kind === "SGD"
      ? new SGD(weights, { lr: 0.1, momentum: 0.9 })
      : new AdamW(weights, { lr: 1e-3 });
  const step = compile((x: Tensor, y: Tensor) => {
    const logits = model.forward(x);
    const loss = crossEntropy(logits.reshape([-1, logits.shape.at(-1) as number]), y.reshape([-1]));
    optimizer.step(gradients(loss, model));
    return loss;
  });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(await step(...batch()).item());
  const last = await Promise.all(Object.values(weights).map((p) => p.data("f32")));
  return { losses, weights: last };
}

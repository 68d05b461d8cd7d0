// The network library at work, in numbers: layers of every family with their gradients, a GPT and an LSTM
// that train, and a network in eight bits. The same here and in a page.

import { realize, useDevice } from "../../src/index.ts";
import { GPT } from "../../src/models/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { Parameter } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { seed } from "../../src/tensor/generator.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { randint, randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { layerSamples } from "../nn/layers.samples.ts";

export type Numbers = Record<string, number[]>;

/** Rows of the table of layers: of each family one. */
const families: readonly string[] = [
  ...["Linear", "Bilinear", "Embedding", "EmbeddingBag", "Conv2d", "ConvTranspose1d", "Fold"],
  ...["MaxPool2d", "MaxUnpool1d", "AdaptiveAvgPool2d", "LPPool1d", "FractionalMaxPool2d"],
  ...["ReflectionPad2d", "Upsample", "PixelShuffle", "BatchNorm2d", "LayerNorm", "GroupNorm"],
  ...["LocalResponseNorm", "Linear, its weight normalised", "GELU", "Softmax", "GLU", "Maxout"],
  ...["Dropout", "GRU", "LSTMCell", "Jordan", "AdditiveAttention", "TransformerDecoderLayer"],
  ...["GraphConvolution", "Residual", "Autoencoder", "CrossEntropyLoss", "CTCLoss", "HuberLoss"],
  ...["AdaptiveLogSoftmaxWithLoss", "TripletMarginLoss", "GaussianNLLLoss"],
];

/** Of layers the result, and the gradients of the sum of its squares by input and parameters. */
async function layers(): Promise<Numbers> {
  const found: Record<string, Tensor[]> = {};
  for (const { name, make, input, others } of layerSamples) {
    if (!families.includes(name)) continue;
    const layer = make();
    const x = new Parameter(input());
    const y = layer.forward(x, ...(others?.() ?? []));
    const cells: Record<string, Parameter> = layer.parameters();
    if (x.dtype === "f64") cells.input = x;
    const slopes = Object.keys(cells).length === 0 ? {} : gradients(y.square().sum(), cells);
    found[name] = [y, ...Object.values(slopes)];
  }
  if (Object.keys(found).length !== families.length) throw new Error("a family has no row");
  await realize(found);
  const numbers: Numbers = {};
  for (const [name, tensors] of Object.entries(found)) {
    numbers[name] = [];
    for (const t of tensors) numbers[name].push(...(await t.data("f64")));
  }
  return numbers;
}

/** Losses of steps of Adam. */
async function training(
  parameters: Readonly<Record<string, Parameter>>,
  loss: () => Tensor,
  steps: number,
): Promise<number[]> {
  const optimizer = new Adam(parameters, { lr: 1e-2 });
  const step = compile(() => {
    const now = loss();
    optimizer.step(gradients(now, parameters));
    return now;
  });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(await step().item());
  return losses;
}

/** A GPT that learns a text of random letters, and what it then writes. */
async function language(): Promise<Numbers> {
  const model = new GPT({ vocabulary: 7, context: 8, width: 12, heads: 2, layers: 2 });
  const text = randint([4, 9], { high: 7 });
  await realize(text);
  const next = text.at(":", "1:").flatten();
  const loss = (): Tensor =>
    nn.crossEntropy(model.forward(text.at(":", ":8")).reshape([32, 7]), next);
  const losses = await training(model.parameters(), loss, 12);
  model.eval();
  const logits = model.forward(text.at(":1", ":5"));
  return { "GPT losses": losses, "GPT logits": [...(await logits.data("f64"))] };
}

/** An LSTM that learns to give the mean of what it read. */
async function recurrence(): Promise<Numbers> {
  const [lstm, head] = [new nn.LSTM(2, 8), new nn.Linear(8, 2)];
  const x = randn([6, 5, 2]);
  await realize(x);
  const loss = (): Tensor =>
    nn.mseLoss(head.forward(lstm.forward(x)[0].at(-1)), x.mean({ axis: 0 }));
  const parameters = { ...lstm.parameters(), ...head.parameters() };
  return { "LSTM losses": await training(parameters, loss, 12) };
}

/** A small network in eight bits. */
async function bytes(): Promise<Numbers> {
  const net = nn.sequential(
    new nn.Conv2d(1, 4, 3),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(64, 5),
  );
  const examples = randn([8, 1, 6, 6]);
  await realize(examples);
  const small = await nn.quantize(net, examples);
  return { "eight bits": [...(await small.forward(examples).data("f64"))] };
}

/** All of it, on the wasm device. */
export async function libraryNumbers(): Promise<Numbers> {
  await useDevice("wasm");
  seed(3);
  return {
    ...(await layers()),
    ...(await language()),
    ...(await recurrence()),
    ...(await bytes()),
  };
}

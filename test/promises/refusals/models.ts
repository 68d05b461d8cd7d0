// What the models refuse. They are made small here.

import { ones, zeros } from "../../../src/tensor/create.ts";
import { each, type Refusal, type Refusals } from "./refusal.ts";

const ids = (...shape: number[]) => zeros(shape, { dtype: "i32" });
const images = (channels: number, ...places: number[]) => zeros([1, channels, ...places]);
/** Two of the wrong channels, and one without the axes of an image. */
const notImages = (side: number) => () => [
  [images(2, side, side)],
  [zeros([1, 3])],
  [zeros([1, 1, 1, side, side])],
];
const five = [2, 2, 2, 2, 2];
const photographs = {
  options: { classes: 2, maps: five, hidden: 2 },
  refuses: { classes: 0, channels: 0, maps: each([2, 2, 2, 2, 0]), hidden: 1.5, dropout: 2 },
  inputs: notImages(67),
};
const block = (takes: Refusal["takes"]): Refusal => ({
  takes,
  refuses: { inputs: 0, width: 1.5, stride: 0, shortcut: "dense" },
  inputs: () => [[images(3, 8, 8)]],
});
const language = {
  options: { vocabulary: 9, context: 4, width: 4, heads: 2, layers: 1 },
  refuses: {
    vocabulary: 0,
    context: 0,
    width: each(0, 5),
    heads: each(0, 3),
    layers: 0,
    dropout: 2,
  },
  inputs: () => [[ids(3)], [ids(1, 5)], [zeros([1, 3])]],
};

export const models: Refusals = {
  AlexNet: photographs,
  BERT: {
    ...language,
    refuses: { ...language.refuses, segments: 0, dimFeedforward: 0 },
    inputs: () => [...language.inputs(), [ids(1, 3), { segments: ids(1, 2) }]],
  },
  BasicBlock: block({ inputs: 2, width: 2 }),
  Bottleneck: block({ inputs: 8, width: 2 }),
  Captioner: {
    options: { vocabulary: 9, channels: 1, maps: [2], width: 2, hidden: 3 },
    refuses: {
      vocabulary: 0,
      channels: 0,
      maps: each([0], []),
      width: 0,
      hidden: 1.5,
      attention: "soft",
      start: each(-1, 9),
      end: each(0.5, 9),
    },
    inputs: () => [
      [images(2, 8, 8), ids(1, 3)],
      [zeros([1, 8, 8]), ids(1, 3)],
      [images(1, 8, 8), ids(3)],
      [images(1, 8, 8), ids(2, 3)],
      [images(1, 8, 8), ids(1, 3), { feed: "never" }],
    ],
  },
  DenseNet: {
    options: { blocks: [1], growth: 2, maps: 2, narrow: 1, classes: 2 },
    refuses: {
      blocks: each([0], []),
      growth: 0,
      maps: 0,
      narrow: 1.5,
      dropout: 2,
      stem: "large",
      classes: 0,
      channels: 0,
    },
    inputs: notImages(32),
  },
  ELMo: {
    options: { vocabulary: 9, characterWidth: 2, filters: [[1, 2]], width: 4 },
    refuses: {
      vocabulary: 0,
      characterWidth: 0,
      filters: each([[0, 1]], []),
      highways: -1,
      width: 1.5,
      layers: 0,
    },
    inputs: () => [[ids(2, 3)], [zeros([1, 2, 5])], [ids(1, 2, 5), ones([2, 2])]],
  },
  GCN: {
    options: { features: 3, classes: 2 },
    refuses: { features: 0, classes: 0, hidden: 1.5, dropout: 2 },
    inputs: () => [[zeros([2, 4]), zeros([2, 2])]],
  },
  GPT: language,
  GoogLeNet: {
    options: { classes: 2, width: 0.1 },
    refuses: { classes: 0, channels: 0, width: each(0, Number.NaN), dropout: 2 },
    inputs: notImages(64),
  },
  Inception: {
    takes: { inputs: 4 },
    options: { one: 2, three: [1, 2], five: [1, 2], pool: 2 },
    refuses: { inputs: 0, one: 0, three: each([0, 1]), five: each([1, 1.5]), pool: 0 },
    inputs: () => [[images(3, 8, 8)]],
  },
  LayerMix: {
    takes: { layers: 3 },
    refuses: { layers: each(0, 1.5) },
    inputs: () => [[zeros([2, 4])], [zeros([])]],
  },
  LeNet: {
    refuses: { classes: 0, channels: 0, maps: each([0, 1]), hidden: 1.5 },
    inputs: notImages(28),
  },
  LeNet5: {
    refuses: {
      classes: 0,
      channels: 0,
      maps: each([0, 1]),
      hidden: each([1, 1.5]),
      pooling: "min",
    },
    inputs: notImages(32),
  },
  MemoryNetwork: {
    options: { vocabulary: 9, width: 2, hops: 1 },
    refuses: { vocabulary: 0, width: 0, hops: 1.5 },
    inputs: () => [
      [ids(2, 3), ids(2, 3)],
      [ids(2, 4, 3), ids(3)],
      [ids(2, 4, 3), ids(1, 3)],
    ],
  },
  NeuralLanguageModel: {
    options: { vocabulary: 9, context: 2, width: 2, hidden: 3 },
    refuses: { vocabulary: 0, context: 0, width: 0, hidden: 1.5 },
    inputs: () => [[ids(1, 3)], [ids(2)], [zeros([1, 2])]],
  },
  ResNet: {
    options: { blocks: [1], widths: [2], classes: 2 },
    refuses: {
      blocks: each([], [0]),
      widths: each([], [0], [1, 2]),
      stem: "large",
      shortcut: "dense",
      classes: 0,
      channels: 1.5,
    },
    inputs: notImages(32),
  },
  Seq2Seq: {
    options: { sourceVocabulary: 9, targetVocabulary: 9, width: 2, hidden: 4 },
    refuses: {
      sourceVocabulary: 0,
      targetVocabulary: 0,
      width: 0,
      hidden: 1.5,
      attention: "soft",
      start: 9,
      end: -1,
    },
    inputs: () => [
      [ids(3), ids(1, 3)],
      [ids(1, 3), ids(3)],
      [ids(1, 3), ids(2, 3)],
      [ids(1, 3), ids(1, 3), { feed: "never" }],
    ],
  },
  TranslationTransformer: {
    options: {
      vocabulary: 9,
      width: 4,
      heads: 2,
      encoderLayers: 1,
      decoderLayers: 1,
      dimFeedforward: 2,
    },
    refuses: {
      vocabulary: 0,
      width: each(0, 5),
      heads: each(0, 3),
      encoderLayers: 0,
      decoderLayers: 0,
      dimFeedforward: 0,
      dropout: 2,
      start: 9,
      end: -1,
    },
    inputs: () => [
      [ids(3), ids(1, 3)],
      [ids(1, 3), ids(3)],
      [zeros([1, 3]), ids(1, 3)],
    ],
  },
  UNet: {
    options: { width: 2, depth: 1 },
    refuses: { classes: 0, channels: 0, width: 0, depth: 0, padding: "full", dropout: 2 },
    inputs: notImages(32),
  },
  VGG: {
    options: { depth: 11, width: 1, hidden: 2, classes: 2 },
    refuses: {
      depth: 12,
      classes: 0,
      channels: 0,
      width: 1.5,
      hidden: 0,
      places: 0,
      dropout: 2,
    },
    inputs: notImages(32),
  },
  VisionTransformer: {
    options: { image: 8, patch: 4, width: 4, depth: 1, heads: 2, hidden: 4, classes: 2 },
    refuses: {
      image: each(0, 9),
      patch: each(0, 3),
      channels: 0,
      width: each(0, 5),
      depth: 0,
      heads: each(0, 3),
      hidden: 0,
      classes: 0,
      dropout: 2,
    },
    inputs: notImages(8),
  },
  ZFNet: photographs,
};

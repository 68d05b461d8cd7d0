// Mentioned only by name (a system is implied; seed gives no algorithm).

import type { Area } from "../system.ts";

export const mn: Area = {
  id: "MN",
  title: "Mentioned only by name (a system is implied; seed gives no algorithm)",
  systems: [
    {
      id: "MN-01",
      title: "AlexNet, ZFNet, VGGNet",
      symbols: ["hebb/models#AlexNet", "hebb/models#ZFNet", "hebb/models#VGG"],
    },
    {
      id: "MN-02",
      title: "GoogLeNet",
      symbols: ["hebb/models#GoogLeNet", "hebb/models#Inception"],
    },
    {
      id: "MN-03",
      title: "ResNet (full)",
      symbols: [
        "hebb/models#ResNet",
        "hebb/models#BasicBlock",
        "hebb/models#Bottleneck",
        "hebb/models#resnet18",
        "hebb/models#resnet34",
        "hebb/models#resnet50",
      ],
    },
    {
      id: "MN-04",
      title: "U-Net / DenseNet by idea",
      symbols: ["hebb/models#UNet", "hebb/models#DenseNet"],
    },
    { id: "MN-05", title: "Vision Transformer", symbols: ["hebb/models#VisionTransformer"] },
    { id: "MN-06", title: "Diffusion models", symbols: [] },
    { id: "MN-07", title: "Flow-based models (as history)", symbols: [] },
    { id: "MN-08", title: "Deep RL for Atari", symbols: [] },
    { id: "MN-09", title: "OpenAI Gym / Gym Retro", symbols: [] },
    { id: "MN-10", title: "MuZero", symbols: [] },
    { id: "MN-11", title: "Player of Games", symbols: [] },
    { id: "MN-12", title: "Rule-based MT", symbols: ["hebb/text#RuleTranslator"] },
    { id: "MN-13", title: "IBM models (statistical MT)", symbols: ["hebb/text#IBMModel1"] },
    {
      id: "MN-14",
      title: "Neural MT",
      symbols: [
        "hebb/models#Seq2Seq",
        "hebb/models#TranslationTransformer",
        "hebb/text#bleu",
        "hebb/nn#beamSearch",
      ],
    },
    { id: "MN-15", title: "Pre-trained word embeddings", symbols: ["hebb/text#WordVectors"] },
    { id: "MN-16", title: "Sparse coding", symbols: [] },
    { id: "MN-17", title: "MDS", symbols: [] },
    { id: "MN-18", title: "SNE / t-SNE", symbols: [] },
    { id: "MN-19", title: "Intrinsic dimension", symbols: [] },
    { id: "MN-20", title: "Adversarial autoencoder", symbols: [] },
    { id: "MN-21", title: "PixelGAN autoencoder", symbols: [] },
    { id: "MN-22", title: "Protein structure prediction", symbols: [] },
    { id: "MN-23", title: "Galaxy evolution", symbols: [] },
    { id: "MN-24", title: "Analog AI", symbols: [] },
    {
      id: "MN-25",
      title: "Efficient deep learning / on-device",
      symbols: ["hebb/nn#quantize", "hebb/nn#QuantizedLinear", "hebb/nn#QuantizedConv2d"],
    },
    { id: "MN-26", title: "Interpretable ML, AI audit", symbols: [] },
    { id: "MN-27", title: "Sharp/flat minima, paradox of deep learning", symbols: [] },
  ],
};

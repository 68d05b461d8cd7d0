// Initialisation & pre-training.

import type { Area } from "../system.ts";

export const initialisation: Area = {
  id: "IN",
  title: "Initialisation & pre-training",
  systems: [
    {
      id: "IN-01",
      title: "Random initialisation",
      symbols: ["hebb/nn#init.normal", "hebb/nn#init.initialize", "hebb#Generator"],
    },
    {
      id: "IN-02",
      title: "Variance-targeted scalar init",
      symbols: ["hebb/nn#init.varianceTargeted"],
    },
    {
      id: "IN-03",
      title: "Residual init near zero",
      symbols: ["hebb/nn#Residual", "hebb/nn#init.initialize"],
    },
    { id: "IN-04", title: "Saturation by bad init", symbols: ["hebb/train#gradientNormByScale"] },
    {
      id: "IN-05",
      title: "Unsupervised pre-training as initialisation",
      symbols: [
        "hebb/train#pretrainLayers",
        "hebb/train#autoencoderLearner",
        "hebb/nn#Autoencoder",
        "hebb/nn#DeepAutoencoder",
      ],
    },
    {
      id: "IN-06",
      title: "Greedy layer-wise unsupervised pre-training (general)",
      symbols: ["hebb/train#pretrainLayers", "hebb/train#autoencoderLearner"],
    },
    {
      id: "IN-07",
      title: "Pre-train / fine-tune transfer",
      symbols: [
        "hebb/nn#Module.prototype.freeze",
        "hebb/nn#Module.prototype.unfreeze",
        "hebb/train#fit",
      ],
    },
  ],
};

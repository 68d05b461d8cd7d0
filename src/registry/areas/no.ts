// Normalisation.

import type { Area } from "../system.ts";

export const no: Area = {
  id: "NO",
  title: "Normalisation",
  systems: [
    {
      id: "NO-01",
      title: "Batch normalisation (train)",
      symbols: [
        "hebb/nn#BatchNorm1d",
        "hebb/nn#BatchNorm2d",
        "hebb/nn#BatchNorm3d",
        "hebb/nn#InstanceNorm1d",
        "hebb/nn#InstanceNorm2d",
        "hebb/nn#InstanceNorm3d",
      ],
    },
    {
      id: "NO-02",
      title: "Batch normalisation (inference)",
      symbols: ["hebb/nn#BatchNorm1d", "hebb/nn#BatchNorm2d", "hebb/nn#BatchNorm3d"],
    },
    {
      id: "NO-03",
      title: "Weight normalisation",
      symbols: ["hebb/nn#weightNorm", "hebb/nn#removeWeightNorm", "hebb/nn#weightNormalized"],
    },
    {
      id: "NO-04",
      title: "Layer normalisation",
      symbols: ["hebb/nn#LayerNorm", "hebb/nn#GroupNorm"],
    },
    {
      id: "NO-05",
      title: "Scale invariance of BN / LN / WN",
      symbols: ["hebb/nn#BatchNorm1d", "hebb/nn#LayerNorm", "hebb/nn#weightNormalized"],
    },
    {
      id: "NO-06",
      title: "Local response normalisation",
      symbols: ["hebb/nn#localResponseNorm", "hebb/nn#LocalResponseNorm"],
    },
    {
      id: "NO-07",
      title: "Input standardisation / internal covariate shift",
      symbols: ["hebb/nn#Standardize", "hebb/nn#BatchNorm1d"],
    },
  ],
};

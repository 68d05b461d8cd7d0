// Interpretability & image optimisation.

import type { Area } from "../system.ts";

export const iv: Area = {
  id: "IV",
  title: "Interpretability & image optimisation",
  systems: [
    { id: "IV-01", title: "Top-activating images", symbols: [] },
    { id: "IV-02", title: "Filter plots", symbols: [] },
    { id: "IV-03", title: "Occlusion map", symbols: [] },
    { id: "IV-04", title: "Gradient (saliency) map", symbols: [] },
    { id: "IV-05", title: "Guided backpropagation", symbols: [] },
    { id: "IV-06", title: "Class-score maximisation", symbols: [] },
    { id: "IV-07", title: "Neuron maximisation", symbols: [] },
    { id: "IV-08", title: "Embedding inversion", symbols: [] },
    { id: "IV-09", title: "DeepDream", symbols: [] },
    { id: "IV-10", title: "Content loss", symbols: [] },
    { id: "IV-11", title: "Style loss (Gram)", symbols: [] },
    { id: "IV-12", title: "Neural style transfer", symbols: [] },
    { id: "IV-13", title: "Fooling images by class optimisation", symbols: [] },
  ],
};

// Autoencoders & dimension reduction.

import type { Area } from "../system.ts";

export const ae: Area = {
  id: "AE",
  title: "Autoencoders & dimension reduction",
  systems: [
    { id: "AE-01", title: "PCA as optimal linear code", symbols: [] },
    { id: "AE-02", title: "PCA invertibility / rank condition", symbols: [] },
    { id: "AE-03", title: "Linear autoencoder", symbols: [] },
    { id: "AE-04", title: "Tied linear autoencoder = PCA", symbols: [] },
    { id: "AE-05", title: "Explicit vs kernel embeddings", symbols: [] },
    { id: "AE-06", title: "Deep / undercomplete autoencoder", symbols: [] },
    { id: "AE-07", title: "Sparse autoencoder", symbols: [] },
    { id: "AE-08", title: "Denoising autoencoder", symbols: [] },
    { id: "AE-09", title: "Single-node bottleneck paradox", symbols: [] },
    { id: "AE-10", title: "VAE vs PCA vs SNE comparison", symbols: [] },
  ],
};

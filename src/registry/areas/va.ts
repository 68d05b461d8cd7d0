// Variational autoencoders & differentiable generators.

import type { Area } from "../system.ts";

export const va: Area = {
  id: "VA",
  title: "Variational autoencoders & differentiable generators",
  systems: [
    { id: "VA-01", title: "VAE architecture", symbols: [] },
    { id: "VA-02", title: "Gaussian KL closed form", symbols: [] },
    { id: "VA-03", title: "VAE training objective", symbols: [] },
    { id: "VA-04", title: "Re-parameterisation trick", symbols: [] },
    { id: "VA-05", title: "VAE generation and abstraction", symbols: [] },
    { id: "VA-06", title: "Bottleneck-noise VAE (004 form)", symbols: [] },
    { id: "VA-07", title: "VAE with other priors", symbols: [] },
    { id: "VA-08", title: "Differentiable generator network (case a)", symbols: [] },
    { id: "VA-09", title: "Differentiable generator network (case b)", symbols: [] },
    { id: "VA-10", title: "Gaussian-to-anything claim", symbols: [] },
  ],
};

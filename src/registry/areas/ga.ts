// Generative adversarial networks.

import type { Area } from "../system.ts";

export const ga: Area = {
  id: "GA",
  title: "Generative adversarial networks",
  systems: [
    { id: "GA-01", title: "GAN minimax objective", symbols: [] },
    { id: "GA-02", title: "Non-saturating generator loss", symbols: [] },
    { id: "GA-03", title: "GAN training algorithm", symbols: [] },
    { id: "GA-04", title: "Optimal discriminator", symbols: [] },
    { id: "GA-05", title: "JS identity and global optimum", symbols: [] },
    { id: "GA-06", title: "Classifier bound", symbols: [] },
    { id: "GA-07", title: "Mode collapse diagnostics", symbols: [] },
    { id: "GA-08", title: "Vanishing generator gradient", symbols: [] },
    { id: "GA-09", title: "DCGAN architecture rules", symbols: [] },
    { id: "GA-10", title: "Generative-model comparison table", symbols: [] },
  ],
};

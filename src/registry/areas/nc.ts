// Noise-contrastive estimation.

import type { Area } from "../system.ts";

export const nc: Area = {
  id: "NC",
  title: "Noise-contrastive estimation",
  systems: [
    { id: "NC-01", title: "NCE", symbols: [] },
    { id: "NC-02", title: "Why plain MLE fails for c", symbols: [] },
  ],
};

// Adversarial robustness.

import type { Area } from "../system.ts";

export const ar: Area = {
  id: "AR",
  title: "Adversarial robustness",
  systems: [
    { id: "AR-01", title: "Adversarial perturbation (definition)", symbols: [] },
    { id: "AR-02", title: "FGSM", symbols: [] },
    { id: "AR-03", title: "DeepFool, binary", symbols: [] },
    { id: "AR-04", title: "DeepFool, multi-class", symbols: [] },
    { id: "AR-05", title: "Robustness metric ρ_adv", symbols: [] },
    { id: "AR-06", title: "Adversarial-example detector", symbols: [] },
    { id: "AR-07", title: "PGD / PGA in an l_p ball", symbols: [] },
    { id: "AR-08", title: "Adversarial training", symbols: [] },
    { id: "AR-09", title: "Failure modes of adversarial training", symbols: [] },
    { id: "AR-10", title: "Linearised sensitivity bound", symbols: [] },
    { id: "AR-11", title: "Data-independent spectral regulariser", symbols: [] },
    { id: "AR-12", title: "Data-dependent spectral regulariser", symbols: [] },
    { id: "AR-13", title: "Equivalence theorem", symbols: [] },
    { id: "AR-14", title: "Benefits of robust networks", symbols: [] },
  ],
};

// The normalisations against PyTorch.

import * as nn from "../../src/nn/index.ts";
import { describeLayers } from "./layers-golden.ts";

describeLayers("nn/normalization.json", {
  batchNorm1d: (dtype) => new nn.BatchNorm1d(3, { dtype }),
  "batchNorm1d of sequences": (dtype) => new nn.BatchNorm1d(2, { momentum: null, dtype }),
  "batchNorm1d eval": (dtype) => new nn.BatchNorm1d(3, { dtype }),
  batchNorm3d: (dtype) => new nn.BatchNorm3d(2, { eps: 1e-3, dtype }),
  "batchNorm3d eval": (dtype) => new nn.BatchNorm3d(2, { dtype }),
  instanceNorm1d: (dtype) => new nn.InstanceNorm1d(3, { dtype }),
  "instanceNorm1d without batch": (dtype) => new nn.InstanceNorm1d(2, { affine: true, dtype }),
  instanceNorm2d: (dtype) => new nn.InstanceNorm2d(2, { affine: true, dtype }),
  "instanceNorm2d tracked": (dtype) =>
    new nn.InstanceNorm2d(2, { affine: true, trackRunningStats: true, momentum: 0.3, dtype }),
  "instanceNorm2d tracked eval": (dtype) =>
    new nn.InstanceNorm2d(2, { trackRunningStats: true, dtype }),
  "instanceNorm2d constant": (dtype) => new nn.InstanceNorm2d(1, { dtype }),
  instanceNorm3d: (dtype) => new nn.InstanceNorm3d(2, { eps: 1e-2, dtype }),
  groupNorm: (dtype) => new nn.GroupNorm(2, 4, { dtype }),
  "groupNorm of vectors": (dtype) => new nn.GroupNorm(2, 8, { affine: false, dtype }),
  "groupNorm one group": (dtype) => new nn.GroupNorm(1, 3, { eps: 1e-3, dtype }),
  localResponseNorm: () => new nn.LocalResponseNorm(5, { k: 1, mean: true }),
  "localResponseNorm even": () =>
    new nn.LocalResponseNorm(4, { alpha: 0.5, beta: 0.5, mean: true }),
  "localResponseNorm wider than the channels": () =>
    new nn.LocalResponseNorm(9, { alpha: 1, k: 0.5, mean: true }),
  "weightNorm linear": (dtype) => nn.weightNorm(new nn.Linear(4, 3, { dtype })),
  "weightNorm linear, one length": (dtype) =>
    nn.weightNorm(new nn.Linear(4, 3, { dtype }), { axis: null }),
  "weightNorm conv2d": (dtype) => nn.weightNorm(new nn.Conv2d(2, 3, 2, { dtype })),
  "weightNorm conv2d by input": (dtype) =>
    nn.weightNorm(new nn.Conv2d(2, 3, 2, { dtype }), { axis: 1 }),
  "spectralNormalization linear": (dtype) =>
    nn.spectralNormalization(new nn.Linear(4, 3, { dtype })),
  "spectralNormalization linear eval": (dtype) =>
    nn.spectralNormalization(new nn.Linear(4, 3, { bias: false, dtype })),
  "spectralNormalization conv2d": (dtype) =>
    nn.spectralNormalization(new nn.Conv2d(2, 3, 2, { dtype }), { steps: 3 }),
  "spectralNormalization convTranspose1d": (dtype) =>
    nn.spectralNormalization(new nn.ConvTranspose1d(2, 3, 2, { dtype })),
});

// Convolutional networks.

import type { Area } from "../system.ts";

export const cn: Area = {
  id: "CN",
  title: "Convolutional networks",
  systems: [
    { id: "CN-01", title: "Continuous convolution & integral operators", symbols: [] },
    { id: "CN-02", title: "Fourier transform", symbols: [] },
    { id: "CN-03", title: "Discrete convolution 1-D and 2-D", symbols: [] },
    { id: "CN-04", title: "Centred 2-D convolution form", symbols: [] },
    { id: "CN-05", title: "Cross-correlation", symbols: [] },
    { id: "CN-06", title: "Shift equivariance and the representation theorem", symbols: [] },
    { id: "CN-07", title: "Toeplitz matrix of a 1-D convolution", symbols: [] },
    { id: "CN-08", title: "CNN as a sparse, weight-shared dense layer", symbols: [] },
    { id: "CN-09", title: "Convolution layer (volumes)", symbols: [] },
    { id: "CN-10", title: "Output-size formulas", symbols: [] },
    { id: "CN-11", title: "Padding modes", symbols: [] },
    { id: "CN-12", title: "Strides / sub-sampling", symbols: [] },
    { id: "CN-13", title: "Receptive-field recursion", symbols: [] },
    { id: "CN-14", title: "Backprop through convolution", symbols: [] },
    { id: "CN-15", title: "Closed-form conv gradient example", symbols: [] },
    { id: "CN-16", title: "Max pooling 1-D / 2-D", symbols: [] },
    { id: "CN-17", title: "Pooling translation invariance", symbols: [] },
    { id: "CN-18", title: "Global average pooling", symbols: [] },
    { id: "CN-19", title: "LeNet worked example", symbols: [] },
    { id: "CN-20", title: "1×1 convolution", symbols: [] },
    { id: "CN-21", title: "Inception module", symbols: [] },
    { id: "CN-22", title: "Residual block", symbols: [] },
    { id: "CN-23", title: "Residual block with projection", symbols: [] },
    { id: "CN-24", title: "Dense connectivity", symbols: [] },
    { id: "CN-25", title: "Skip (concatenate) vs residual (add) connections", symbols: [] },
    { id: "CN-26", title: "Transposed / fractionally-strided convolution", symbols: [] },
    { id: "CN-27", title: "Hand-coded kernels (edge detection) as preprocessing", symbols: [] },
    { id: "CN-28", title: "Conv stage pipeline", symbols: [] },
  ],
};

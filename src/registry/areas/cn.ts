// Convolutional networks.

import type { Area } from "../system.ts";

export const cn: Area = {
  id: "CN",
  title: "Convolutional networks",
  systems: [
    {
      id: "CN-01",
      title: "Continuous convolution & integral operators",
      symbols: ["hebb/nn#integralOperator", "hebb/nn#convolveFunctions"],
    },
    {
      id: "CN-02",
      title: "Fourier transform",
      symbols: ["hebb/nn#fft", "hebb/nn#ifft", "hebb/nn#fftConvolve"],
    },
    { id: "CN-03", title: "Discrete convolution 1-D and 2-D", symbols: ["hebb/nn#convolve"] },
    { id: "CN-04", title: "Centred 2-D convolution form", symbols: ["hebb/nn#convolve"] },
    {
      id: "CN-05",
      title: "Cross-correlation",
      symbols: ["hebb/nn#correlate", "hebb/nn#convolve", "hebb/nn#Conv2d"],
    },
    {
      id: "CN-06",
      title: "Shift equivariance and the representation theorem",
      symbols: ["hebb/nn#impulseResponse", "hebb/nn#convolve", "hebb/nn#circulant"],
    },
    {
      id: "CN-07",
      title: "Toeplitz matrix of a 1-D convolution",
      symbols: [
        "hebb/nn#toeplitz",
        "hebb/nn#circulant",
        "hebb/nn#convolutionMatrix",
        "hebb/nn#Conv1d",
      ],
    },
    {
      id: "CN-08",
      title: "CNN as a sparse, weight-shared dense layer",
      symbols: ["hebb/nn#matrixOf", "hebb/nn#Conv2d"],
    },
    {
      id: "CN-09",
      title: "Convolution layer (volumes)",
      symbols: [
        "hebb/nn#Conv1d",
        "hebb/nn#Conv2d",
        "hebb/nn#Conv3d",
        "hebb/nn#convolutionParameters",
        "hebb/nn#countParameters",
      ],
    },
    { id: "CN-10", title: "Output-size formulas", symbols: ["hebb/nn#outputSize"] },
    { id: "CN-11", title: "Padding modes", symbols: ["hebb/nn#paddingOf", "hebb/nn#Conv1d"] },
    { id: "CN-12", title: "Strides / sub-sampling", symbols: ["hebb/nn#Conv2d"] },
    { id: "CN-13", title: "Receptive-field recursion", symbols: ["hebb/nn#receptiveField"] },
    {
      id: "CN-14",
      title: "Backprop through convolution",
      symbols: ["hebb/nn#Conv2d", "hebb#grad"],
    },
    {
      id: "CN-15",
      title: "Closed-form conv gradient example",
      symbols: ["hebb/nn#convolve", "hebb#grad"],
    },
    {
      id: "CN-16",
      title: "Max pooling 1-D / 2-D",
      symbols: ["hebb/nn#MaxPool1d", "hebb/nn#MaxPool2d", "hebb/nn#MaxPool3d"],
    },
    { id: "CN-17", title: "Pooling translation invariance", symbols: ["hebb/nn#MaxPool2d"] },
    {
      id: "CN-18",
      title: "Global average pooling",
      symbols: ["hebb/nn#globalAvgPool", "hebb/nn#AdaptiveAvgPool2d"],
    },
    { id: "CN-19", title: "LeNet worked example", symbols: ["hebb/models#LeNet5"] },
    {
      id: "CN-20",
      title: "1×1 convolution",
      symbols: ["hebb/nn#Conv2d", "hebb/nn#convolutionParameters"],
    },
    {
      id: "CN-21",
      title: "Inception module",
      symbols: ["hebb/models#Inception", "hebb/models#GoogLeNet", "hebb/nn#convolutionProducts"],
    },
    { id: "CN-22", title: "Residual block", symbols: ["hebb/nn#Residual", "hebb/models#ResNet"] },
    { id: "CN-23", title: "Residual block with projection", symbols: ["hebb/nn#Residual"] },
    {
      id: "CN-24",
      title: "Dense connectivity",
      symbols: ["hebb/nn#densely", "hebb/models#DenseNet"],
    },
    {
      id: "CN-25",
      title: "Skip (concatenate) vs residual (add) connections",
      symbols: ["hebb/nn#Skip", "hebb/nn#Residual", "hebb/models#UNet"],
    },
    {
      id: "CN-26",
      title: "Transposed / fractionally-strided convolution",
      symbols: [
        "hebb/nn#ConvTranspose1d",
        "hebb/nn#ConvTranspose2d",
        "hebb/nn#ConvTranspose3d",
        "hebb/nn#transposedOutputSize",
      ],
    },
    {
      id: "CN-27",
      title: "Hand-coded kernels (edge detection) as preprocessing",
      symbols: [
        "hebb/nn#sobelKernel",
        "hebb/nn#laplaceKernel",
        "hebb/nn#gaussianKernel",
        "hebb/nn#filterImages",
      ],
    },
    { id: "CN-28", title: "Conv stage pipeline", symbols: ["hebb/nn#ConvStages"] },
  ],
};

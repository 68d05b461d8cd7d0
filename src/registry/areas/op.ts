// Optimisers & optimisation theory.

import type { Area } from "../system.ts";

export const op: Area = {
  id: "OP",
  title: "Optimisers & optimisation theory",
  systems: [
    {
      id: "OP-01",
      title: "Gradient descent",
      symbols: ["hebb/optim#SGD", "hebb/theory#largestStableRate"],
    },
    {
      id: "OP-02",
      title: "Batch / stochastic / mini-batch steps per epoch (Table 5)",
      symbols: ["hebb/data#loader", "hebb/theory#stepsPerEpoch"],
    },
    {
      id: "OP-03",
      title: "SGD",
      symbols: [
        "hebb/optim#SGD",
        "hebb/theory#perExampleGradients",
        "hebb/theory#meanGradient",
        "hebb/theory#gradientVariance",
        "hebb/theory#minibatchVariance",
      ],
    },
    {
      id: "OP-04",
      title: "Online single-pass SGD",
      symbols: ["hebb/data#loader", "hebb/optim#SGD"],
    },
    { id: "OP-05", title: "Momentum", symbols: ["hebb/optim#SGD"] },
    {
      id: "OP-06",
      title: "Momentum, velocity form / heavy ball",
      symbols: ["hebb/optim#HeavyBall", "hebb/optim#SGD"],
    },
    {
      id: "OP-07",
      title: "Nesterov accelerated gradient (look-ahead)",
      symbols: [
        "hebb/optim#Nesterov",
        "hebb/optim#Optimizer.prototype.lookAhead",
        "hebb/optim#Optimizer.prototype.lookingAhead",
      ],
    },
    {
      id: "OP-08",
      title: "Nesterov, extrapolation form and rate",
      symbols: [
        "hebb/optim#Nesterov",
        "hebb/theory#nesterovMomentum",
        "hebb/theory#nesterovBound",
        "hebb/theory#gradientDescentBound",
      ],
    },
    { id: "OP-09", title: "NAG without a t−1 term", symbols: ["hebb/optim#SGD"] },
    { id: "OP-10", title: "AdaGrad", symbols: ["hebb/optim#Adagrad"] },
    { id: "OP-11", title: "RMSProp", symbols: ["hebb/optim#RMSprop"] },
    {
      id: "OP-12",
      title: "RMSProp with Nesterov momentum",
      symbols: [
        "hebb/optim#RMSprop",
        "hebb/optim#Optimizer.prototype.lookAhead",
        "hebb/optim#Optimizer.prototype.lookingAhead",
      ],
    },
    { id: "OP-13", title: "AdaDelta", symbols: ["hebb/optim#Adadelta"] },
    { id: "OP-14", title: "Adam", symbols: ["hebb/optim#Adam"] },
    { id: "OP-15", title: "Bias correction demonstration", symbols: ["hebb/optim#Adam"] },
    { id: "OP-16", title: "AdamW", symbols: ["hebb/optim#AdamW"] },
    { id: "OP-17", title: "AMSGrad", symbols: ["hebb/optim#Adam", "hebb/optim#AdamW"] },
    { id: "OP-18", title: "MaxProp", symbols: ["hebb/optim#MaxProp"] },
    { id: "OP-19", title: "∞-norm update without momentum", symbols: ["hebb/optim#MaxProp"] },
    { id: "OP-20", title: "AdaMax", symbols: ["hebb/optim#Adamax"] },
    { id: "OP-21", title: "NAdam", symbols: ["hebb/optim#NAdam"] },
    {
      id: "OP-22",
      title: "SignSGD",
      symbols: ["hebb/optim#SignSGD", "hebb/optim#packSigns", "hebb/optim#unpackSigns"],
    },
    { id: "OP-23", title: "Variance-reduced SGD (SVRG)", symbols: ["hebb/optim#SVRG"] },
    {
      id: "OP-24",
      title: "Polyak averaging",
      symbols: ["hebb/optim#PolyakAverage", "hebb/optim#ASGD"],
    },
    {
      id: "OP-25",
      title: "Gradient clipping by norm",
      symbols: ["hebb/optim#clipByNorm", "hebb/optim#globalNorm"],
    },
    { id: "OP-26", title: "Newton's method", symbols: ["hebb/optim#newtonStep"] },
    { id: "OP-27", title: "Gradient flow", symbols: ["hebb/theory#gradientFlow"] },
    {
      id: "OP-28",
      title: "Projected gradient descent",
      symbols: ["hebb/optim#ProjectedSGD", "hebb/optim#projectToBall"],
    },
    {
      id: "OP-29",
      title: "Function-class checkers",
      symbols: [
        "hebb/theory#convexityGap",
        "hebb/theory#firstOrderGap",
        "hebb/theory#smoothness",
        "hebb/theory#strongConvexity",
        "hebb/theory#polyakLojasiewicz",
        "hebb/theory#isStationary",
        "hebb/theory#curvatureBounds",
      ],
    },
    {
      id: "OP-30",
      title: "SGD convergence theorem (constant step)",
      symbols: ["hebb/theory#sgdConvergence"],
    },
    { id: "OP-31", title: "Robbins–Monro step sizes", symbols: ["hebb/optim#inverseTime"] },
    { id: "OP-32", title: "Ill-conditioning monitor", symbols: ["hebb/theory#stepForecast"] },
    {
      id: "OP-33",
      title: "Batch-size effects",
      symbols: [
        "hebb/theory#gradientVariance",
        "hebb/theory#minibatchVariance",
        "hebb/theory#perExampleGradients",
      ],
    },
    {
      id: "OP-34",
      title: "Non-invariance to parametrisation",
      symbols: [
        "hebb/optim#Adagrad",
        "hebb/optim#Adam",
        "hebb/optim#SGD",
        "hebb/theory#descentPath",
      ],
    },
    {
      id: "OP-35",
      title: "Per-feature adaptation demo (sparse vs dense)",
      symbols: [
        "hebb/optim#Adagrad",
        "hebb/optim#RMSprop",
        "hebb/optim#Adadelta",
        "hebb/theory#descentPath",
      ],
    },
  ],
};

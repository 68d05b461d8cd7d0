// Learning & approximation theory (calculators and demonstrations).

import type { Area } from "../system.ts";

export const th: Area = {
  id: "TH",
  title: "Learning & approximation theory (calculators and demonstrations)",
  systems: [
    { id: "TH-01", title: "Bias and variance of a model", symbols: [] },
    { id: "TH-02", title: "Error estimation from test data", symbols: [] },
    { id: "TH-03", title: "Stein's lemma & optimism", symbols: [] },
    { id: "TH-04", title: "Double descent", symbols: [] },
    { id: "TH-05", title: "Ensemble explanation & 1/√m", symbols: [] },
    { id: "TH-06", title: "Over-parameterisation example", symbols: [] },
    { id: "TH-07", title: "Growth function & shattering", symbols: [] },
    { id: "TH-08", title: "VC dimension", symbols: [] },
    { id: "TH-09", title: "Vapnik–Chervonenkis bound", symbols: [] },
    { id: "TH-10", title: "Donsker's variational inequality", symbols: [] },
    { id: "TH-11", title: "McAllister PAC-Bayes bound", symbols: [] },
    { id: "TH-12", title: "PAC-Bayes for a stochastic network", symbols: [] },
    {
      id: "TH-13",
      title: "Universal approximation with rectangles",
      symbols: ["hebb/theory#tower", "hebb/theory#towerNetwork"],
    },
    {
      id: "TH-14",
      title: "2-D towers",
      symbols: ["hebb/theory#tower2d", "hebb/theory#towerNetwork2d"],
    },
    { id: "TH-15", title: "Weierstrass theorem (constructive)", symbols: [] },
    { id: "TH-16", title: "Universal approximation, 1-D smooth non-polynomial σ", symbols: [] },
    { id: "TH-17", title: "Ridge theorem and dimension lifting", symbols: [] },
    { id: "TH-18", title: "Barron's theorem", symbols: [] },
    { id: "TH-19", title: "Benefit of depth (radial functions)", symbols: [] },
    { id: "TH-20", title: "Piecewise-linear = ReLU sum", symbols: [] },
    { id: "TH-21", title: "k-hinge and polyhedral theorems", symbols: [] },
    { id: "TH-22", title: "Uniform closeness and denseness", symbols: [] },
    { id: "TH-23", title: "Infinite-width one-layer perceptron", symbols: [] },
  ],
};

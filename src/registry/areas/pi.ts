// Probability & information.

import type { Area } from "../system.ts";

export const pi: Area = {
  id: "PI",
  title: "Probability & information",
  systems: [
    {
      id: "PI-01",
      title: "Expectation, variance, covariance, correlation, covariance matrix",
      symbols: [],
    },
    { id: "PI-02", title: "Sample covariance", symbols: [] },
    { id: "PI-03", title: "Distribution library", symbols: [] },
    { id: "PI-04", title: "Gaussian moment generating function", symbols: [] },
    { id: "PI-05", title: "n-th moment about c", symbols: [] },
    { id: "PI-06", title: "Change of variables for densities", symbols: [] },
    { id: "PI-07", title: "Self-information and Shannon entropy", symbols: [] },
    { id: "PI-08", title: "KL divergence", symbols: [] },
    { id: "PI-09", title: "Cross-entropy", symbols: [] },
    { id: "PI-10", title: "Jensen–Shannon divergence", symbols: [] },
    { id: "PI-11", title: "Forward vs reverse KL fitting", symbols: [] },
    { id: "PI-12", title: "Hoeffding's inequality", symbols: [] },
    { id: "PI-13", title: "Boole's union bound", symbols: [] },
    { id: "PI-14", title: "Cauchy–Schwarz and Hölder, dual norms", symbols: [] },
    { id: "PI-15", title: "Jensen's inequality", symbols: [] },
    { id: "PI-16", title: "Markov's inequality", symbols: [] },
    { id: "PI-17", title: "Point estimators, bias, variance, consistency", symbols: [] },
    { id: "PI-18", title: "MSE decomposition", symbols: [] },
    { id: "PI-19", title: "Maximum likelihood estimation", symbols: [] },
    { id: "PI-20", title: "Conditional log-likelihood", symbols: [] },
    { id: "PI-21", title: "Bayesian update and posterior predictive", symbols: [] },
    { id: "PI-22", title: "MAP estimation", symbols: [] },
    { id: "PI-23", title: "Standard error of a mini-batch mean", symbols: [] },
    { id: "PI-24", title: "Variance of a product of i.i.d. zero-mean weights", symbols: [] },
    { id: "PI-25", title: "Bayes error and no-free-lunch", symbols: [] },
  ],
};

// What optimisers, averages and groups refuse. The first argument is a tree of parameters, so that
// what is wrong there is said with the name of the class alone.

import { Parameter, State } from "../../../src/tensor/cell.ts";
import { ones, zeros } from "../../../src/tensor/create.ts";
import { each, type Refusal, type Refusals } from "./refusal.ts";

const takes = { parameters: [new Parameter(ones([2]))] };
const lr = each(-1, Number.NaN);
const weightDecay = each(-1, Number.NaN);
const eps = -1;
const betas = each([1, 0.9], [0.9, -1]);
const epsPlacement = "between";
const optimizer = (refuses: Refusal["refuses"]): Refusal => ({
  takes,
  refuses: { parameters: each([], [ones([2])]), lr, ...refuses },
});

export const optimizers: Refusals = {
  ASGD: optimizer({ lambd: -1, power: -1, from: -1, weightDecay }),
  Adadelta: optimizer({ rho: 1.5, eps, weightDecay }),
  Adafactor: optimizer({
    beta2Decay: 0.5,
    eps: each([null, -1], [-1, 0.1]),
    d: each(0.5, Number.NaN),
    weightDecay,
  }),
  Adagrad: optimizer({ lrDecay: -1, initialAccumulator: -1, eps, epsPlacement, weightDecay }),
  Adam: optimizer({ betas, eps, epsPlacement, weightDecay }),
  AdamW: optimizer({ betas, eps, epsPlacement, weightDecay }),
  Adamax: optimizer({ betas, eps, weightDecay }),
  GradientAccumulator: { takes, refuses: { parameters: each([]) } },
  HeavyBall: optimizer({ momentum: -1, weightDecay }),
  LBFGS: {
    takes,
    refuses: {
      parameters: each([], [ones([2])]),
      lr: each(0, Number.NaN),
      maxIterations: each(0, 1.5),
      maxEvaluations: 0,
      history: 0,
      toleranceGradient: -1,
      toleranceChange: -1,
      lineSearch: "armijo",
    },
  },
  MaxProp: optimizer({ beta: 1, weightDecay }),
  Muon: {
    ...optimizer({ momentum: -1, eps, iterations: each(0, 1.5), adjust: "none", weightDecay }),
    takes: { parameters: [new Parameter(ones([2, 2]))] },
  },
  NAdam: optimizer({ betas, eps, form: "other", momentumDecay: -1, weightDecay }),
  Nesterov: optimizer({ momentum: -1, form: "other", weightDecay }),
  ParameterGroup: {
    takes: { options: {}, lr: 1, steps: new State(zeros([], { dtype: "i32" })), dtype: "f32" },
    refuses: { lr: each(-1, Number.NaN) },
  },
  PolyakAverage: { takes, refuses: { parameters: each([]), decay: each(-1, 1) } },
  ProjectedSGD: {
    ...optimizer({ radius: each(-1, Number.NaN), momentum: -1 }),
    options: { radius: 1 },
  },
  RAdam: optimizer({ betas, eps, weightDecay }),
  RMSprop: optimizer({ alpha: 1.5, eps, momentum: -1, epsPlacement, weightDecay }),
  ReduceOnPlateau: {
    takes: { optimizer: { groups: [] } },
    refuses: {
      better: "lower",
      factor: each(-1, 1),
      patience: each(-1, 0.5),
      threshold: -1,
      thresholdMode: "rel",
      cooldown: -1,
      minimum: -1,
      eps: Number.NaN,
    },
  },
  Rprop: optimizer({ etas: each([-1, 1]), stepSizes: each([-1, 1]) }),
  SGD: optimizer({ momentum: -1, dampening: 2, weightDecay }),
  SVRG: optimizer({}),
  SparseAdam: optimizer({ betas, eps }),
  SignSGD: optimizer({ momentum: -1, weightDecay }),
};

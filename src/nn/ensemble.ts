// Ensembles: several models that vote. Their mean is better than they are as far as their errors differ,
// which bagging sees to by other samples and the designer by other models.

import { ArgumentError } from "../ir/errors.ts";
import { stack } from "../tensor/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";
import type { Layer } from "./sequential.ts";

/**
 * (1/K)·Σ softmax(fᵏ(x)): the mean of the members' probabilities.
 *
 * @source seeds 000 vi) and 003 §Ensemble methods; Breiman 1996, Bagging Predictors
 * @example
 * new Ensemble([new Linear(3, 2), new Linear(3, 2)]).forward(zeros([5, 3])).shape; // [5, 2]
 */
export class Ensemble extends Module {
  readonly members: readonly (Module & Layer)[];

  /** @param members  models from x to logits [..., classes] */
  constructor(members: readonly (Module & Layer)[]) {
    super();
    if (members.length === 0) throw new ArgumentError("Ensemble: members must not be empty");
    this.members = members;
  }

  /** Probabilities [..., classes]. */
  forward(x: Tensor): Tensor {
    return this.each(x).mean({ axis: 0 });
  }

  /** Probabilities of each member [members, ..., classes]. */
  each(x: Tensor): Tensor {
    return stack(this.members.map((member) => member.forward(x).softmax({ axis: -1 })));
  }
}

// A rate that falls when nothing gets better any more. It is no function of the step but of what is
// measured, so it is told: once an epoch, as a rule.

import { requireOneOf, requireWhole, requireWithin } from "../tensor/requirements.ts";
import type { ParameterGroup } from "./group.ts";

/** Options of ReduceOnPlateau. */
export interface ReduceOnPlateauOptions {
  /** Which values are better. Default "smaller" */
  better?: "smaller" | "larger";
  /** What the rates are multiplied by. Default 0.1 */
  factor?: number;
  /** How many values in a row may be no better. Default 10 */
  patience?: number;
  /** By how much a value must be better than the best. Default 1e-4 */
  threshold?: number;
  /** Whether the threshold is a share of the best value or in its units. Default "relative" */
  thresholdMode?: "relative" | "absolute";
  /** Values after a reduction during which none is counted. Default 0 */
  cooldown?: number;
  /** What the rates do not fall below. Default 0 */
  minimum?: number;
  /** A reduction by less than this is none. Default 1e-8 */
  eps?: number;
}

/** What has been seen, as plain data. */
export interface PlateauState {
  /** The best value; null before the first. */
  readonly best: number | null;
  /** Values in a row that were no better. */
  readonly badValues: number;
  /** Values of the cooldown that are left. */
  readonly cooling: number;
}

/** What has groups with rates: an optimiser of this library. */
interface Rated {
  readonly groups: readonly Pick<ParameterGroup<unknown>, "lr">[];
}

/**
 * lr ← max(factor·lr, minimum), after more than `patience` values in a row that are no better.
 *
 * @param optimizer  whose groups fall, each from its own rate, which must be a number
 * @throws ArgumentError  an option is out of its range; the message names it
 * @source  PyTorch's ReduceLROnPlateau, whose numbers it has; seed 000 (tips for annealing)
 * @example
 * const w = new Parameter(tensor([1]));
 * const optimizer = new SGD([w], { lr: 1 });
 * const plateau = new ReduceOnPlateau(optimizer, { patience: 1, factor: 0.5 });
 * for (const loss of [3, 3, 3]) plateau.step(loss);
 * optimizer.lr; // 0.5
 */
export class ReduceOnPlateau {
  private readonly optimizer: Rated;
  private readonly options: Required<ReduceOnPlateauOptions>;
  private best: number | null = null;
  private badValues = 0;
  private cooling = 0;

  constructor(optimizer: Rated, options: ReduceOnPlateauOptions = {}) {
    const { better = "smaller", factor = 0.1, patience = 10, threshold = 1e-4 } = options;
    const { thresholdMode = "relative", cooldown = 0, minimum = 0, eps = 1e-8 } = options;
    const name = "ReduceOnPlateau";
    requireOneOf(name, { better }, ["smaller", "larger"]);
    requireOneOf(name, { thresholdMode }, ["relative", "absolute"]);
    requireWithin(name, { factor }, { from: 0, to: 1, open: "to" });
    requireWhole(name, { patience, cooldown }, { from: 0 });
    requireWithin(name, { threshold, minimum, eps }, { from: 0 });
    this.optimizer = optimizer;
    this.options = {
      ...{ better, factor, patience, threshold },
      ...{ thresholdMode, cooldown, minimum, eps },
    };
  }

  /** Takes the next value. @returns whether the rates were reduced */
  step(value: number): boolean {
    const { patience, cooldown } = this.options;
    if (this.isBetter(value)) {
      this.best = value;
      this.badValues = 0;
    } else this.badValues++;
    if (this.cooling > 0) {
      this.cooling--;
      this.badValues = 0;
    }
    if (this.badValues <= patience) return false;
    this.reduce();
    this.cooling = cooldown;
    this.badValues = 0;
    return true;
  }

  /** What a resumed run needs; `restore` takes it. */
  state(): PlateauState {
    const { best, badValues, cooling } = this;
    return { best, badValues, cooling };
  }

  /** Goes on from a state. */
  restore({ best, badValues, cooling }: PlateauState): void {
    Object.assign(this, { best, badValues, cooling });
  }

  private isBetter(value: number): boolean {
    const { better, threshold, thresholdMode } = this.options;
    if (this.best === null) return !Number.isNaN(value);
    const sign = better === "smaller" ? -1 : 1;
    const edge =
      thresholdMode === "relative"
        ? this.best * (1 + sign * threshold)
        : this.best + sign * threshold;
    return better === "smaller" ? value < edge : value > edge;
  }

  private reduce(): void {
    const { factor, minimum, eps } = this.options;
    for (const group of this.optimizer.groups) {
      const next = group.lr.mul(factor).maximum(minimum);
      group.lr = next.where(group.lr.sub(next).greater(eps), group.lr);
    }
  }
}

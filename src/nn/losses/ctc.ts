// Connectionist temporal classification: labels without times. The network says at each step a label or
// nothing (the blank); a sequence of labels is as likely as all ways to say it together, where repeats
// count once and blanks not at all. The sum over ways is a recursion over the labels with blanks between.

import { isFloat } from "../../ir/dtype.ts";
import { DTypeError, ShapeError } from "../../ir/errors.ts";
import { arange, full } from "../../tensor/create.ts";
import { concat, stack } from "../../tensor/functions.ts";
import { requireWhole } from "../../tensor/requirements.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";
import { Loss, type LossOptions, reduced, requireOptions } from "./loss.ts";

/** Options of CTCLoss. */
export interface CTCLossOptions extends LossOptions {
  /** The class that says nothing. Default 0 */
  blank?: number;
  /** Whether sequences that no way leads to count 0 instead of ∞. Default false. */
  zeroInfinity?: boolean;
}

/** The logarithm of what is impossible: finite, so that no gradient is NaN, and beyond any other. */
const impossible = -1e30;

/**
 * −log Σ p(way) over the ways to say the targets; "mean" divides each by its number of labels first.
 *
 * @param logProbs       [time, batch, classes]: log-probabilities, as of logSoftmax
 * @param targets        integers [batch, labels], none of them the blank; padding after the length is
 *   anything
 * @param inputLengths   integers [batch]: steps of each sequence
 * @param targetLengths  integers [batch]: labels of each
 * @param options        blank; zeroInfinity; reduction
 * @returns  nats
 * @throws ShapeError  the shapes do not fit
 * @cost     time·batch·labels
 * @source   Graves et al. 2006, Connectionist Temporal Classification, §4.1, eq. (6)–(8)
 * @example
 * const lengths = (n: number) => tensor([n], { dtype: "i32" });
 * const even = zeros([2, 1, 2]).sub(Math.log(2)); // two steps, a label or nothing, all alike
 * ctcLoss(even, tensor([[1]], { dtype: "i32" }), lengths(2), lengths(1)); // log 4/3: 3 ways of 4
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Tensor,
  targetLengths: Tensor,
  options: CTCLossOptions = {},
): Tensor {
  requireOptions("ctcLoss", options);
  const { blank = 0, zeroInfinity = false, reduction = "mean" } = options;
  requireShapes(logProbs, targets, inputLengths, targetLengths);
  const [time, batch, classes] = logProbs.shape as [number, number, number];
  requireWhole("ctcLoss", { blank }, { from: 0, to: classes - 1 });
  const labels = targets.shape[1] as number;
  const { dtype } = logProbs;
  const silence = full([batch, labels], blank, { dtype: "i32" });
  // Blank, label, blank, label, …, blank.
  const woven = stack([silence, targets.cast("i32")], { axis: 2 }).reshape([batch, 2 * labels]);
  const said = concat([woven, full([batch, 1], blank, { dtype: "i32" })], { axis: 1 }); // [batch, places]
  const places = 2 * labels + 1;
  // Two places on, over a blank, only to another label.
  const before = said.pad([0, [2, 0]], { value: blank }).slice(0, places, { axis: 1 });
  const jumps = said.notEqual(blank).logicalAnd(said.notEqual(before));

  const shifted = (alpha: Tensor, by: number): Tensor =>
    alpha.pad([0, [by, 0]], { value: impossible }).slice(0, places, { axis: 1 });
  const here = logProbs.gather(said.unsqueeze(0).expand([time, batch, places]), { axis: 2 });
  const place = arange(places).unsqueeze(0);
  // Before the first step only the first blank and, from it, the first label can come next.
  const start = full([batch, places], impossible, { dtype: dtype === "f64" ? "f64" : "f32" });
  const first = start.where(place.notEqual(0), 0);
  const body = (alpha: Tensor, { p, t }: { p: Tensor; t: Tensor }) => {
    const stay = alpha;
    const step = shifted(alpha, 1);
    const jump = shifted(alpha, 2).where(jumps, impossible);
    const isFirst = t.equal(0);
    const ways = stack([stay, step, jump.where(isFirst.logicalNot(), impossible)]).logSumExp({
      axis: 0,
    });
    const next = ways.add(p).maximum(impossible);
    return [next.where(t.less(inputLengths.unsqueeze(1)), alpha), t] as const;
  };
  const [last] = scan(body, first, { p: here, t: arange(time) });
  // A way ends with the last label or the blank after it.
  const end = targetLengths.cast("i32").mul(2).unsqueeze(1);
  const isEnd = place.equal(end).logicalOr(place.equal(end.sub(1)));
  const losses = last.where(isEnd, impossible).logSumExp({ axis: 1 }).neg();
  const isPossible = losses.less(-impossible / 2);
  const found = losses.where(isPossible, zeroInfinity ? 0 : Infinity);
  if (reduction !== "mean") return reduced(found, reduction);
  return found.div(targetLengths.maximum(1).cast(dtype)).mean();
}

function requireShapes(logProbs: Tensor, targets: Tensor, inputs: Tensor, labels: Tensor): void {
  const [, batch] = logProbs.shape;
  const fits =
    logProbs.rank === 3 &&
    targets.rank === 2 &&
    targets.shape[0] === batch &&
    [inputs, labels].every((lengths) => lengths.rank === 1 && lengths.shape[0] === batch);
  if (!fits) {
    const shapes = [logProbs, targets, inputs, labels].map((t) => showShape(t.shape)).join(", ");
    throw new ShapeError(
      `ctcLoss: takes log-probabilities [time, batch, classes], targets [batch, labels] and lengths [batch] of both, not ${shapes}`,
    );
  }
  for (const integers of [targets, inputs, labels]) {
    if (!isFloat(integers.dtype) && integers.dtype !== "bool") continue;
    throw new DTypeError(`ctcLoss: targets and lengths must be integers, not ${integers.dtype}`);
  }
}

/**
 * ctcLoss as a module.
 *
 * @example
 * const lengths = (n: number) => tensor([n], { dtype: "i32" });
 * const even = zeros([2, 1, 2]).sub(Math.log(2));
 * new CTCLoss().forward(even, tensor([[1]], { dtype: "i32" }), lengths(2), lengths(1)); // log 4/3
 */
export class CTCLoss extends Loss<CTCLossOptions> {
  constructor(options: CTCLossOptions = {}) {
    super(options);
    requireWhole("CTCLoss", { blank: options.blank ?? 0 }, { from: 0 });
  }

  forward(logProbs: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor): Tensor {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}

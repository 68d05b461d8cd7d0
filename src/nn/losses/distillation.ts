// Knowledge distillation: a small model learns what a large one answers, softened by a temperature so
// that also its second thoughts are heard.

import { ArgumentError } from "../../ir/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { requireEqual } from "./loss.ts";

/** Options of distillationLoss. */
export interface DistillationOptions {
  /** T > 0: how soft. Default 2. */
  temperature?: number;
  /** Integer labels [batch], to be learnt beside the teacher's answers. */
  labels?: Tensor;
  /** Share of the teacher's answers where there are labels, in [0, 1]. Default 0.9. */
  share?: number;
}

/**
 * T²·H(softmax(t/T), softmax(s/T)), and with labels share times that plus (1 − share)·H(labels, s).
 *
 * T² keeps the size of the gradients, which fall as 1/T².
 *
 * @param student  logits s [batch, classes]
 * @param teacher  logits t [batch, classes]; no gradient goes there
 * @param options  temperature; labels, share
 * @returns        [], nats per example
 * @throws ShapeError  student and teacher differ in shape
 * @source  Hinton, Vinyals and Dean 2015, Distilling the Knowledge in a Neural Network, §2.
 *   arXiv:1503.02531; seed 003 §Knowledge Distillation
 * @example
 * distillationLoss(zeros([2, 4]), zeros([2, 4]), { temperature: 1 }); // log 4
 */
export function distillationLoss(
  student: Tensor,
  teacher: Tensor,
  { temperature = 2, labels, share = 0.9 }: DistillationOptions = {},
): Tensor {
  if (!(temperature > 0) || !(share >= 0 && share <= 1)) {
    throw new ArgumentError(
      `distillationLoss: temperature must be above 0 and share in [0, 1], not ${temperature} and ${share}`,
    );
  }
  requireEqual("distillationLoss", student, teacher);
  const answers = teacher.detach().div(temperature).softmax({ axis: -1 });
  const soft = crossEntropy(student.div(temperature), answers).mul(temperature ** 2);
  if (labels === undefined) return soft;
  return soft.mul(share).add(crossEntropy(student, labels).mul(1 - share));
}

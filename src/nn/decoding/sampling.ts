// Choosing the next token from logits: by chance, at a temperature, among the likeliest only.

import { ArgumentError, ShapeError } from "../../ir/errors.ts";
import type { Generator } from "../../tensor/generator.ts";
import { categorical } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";

/** Options of sampleLogits. */
export interface SamplingOptions {
  /** What logits are divided by: below 1 the likeliest gain; 0 takes the likeliest. Default 1 */
  temperature?: number;
  /** Among the k likeliest only; equals of the last one stay in. Default: all */
  topK?: number;
  /** Among the fewest that have this probability together, after the others. Default 1: all */
  topP?: number;
  /** Default: the stream that seed() sets. */
  generator?: Generator;
}

/** Far below any logit, and finite. */
const excluded = -1e30;

/**
 * A token for each row of logits.
 *
 * @param logits   [..., tokens]
 * @param options  temperature, topK, topP
 * @returns        i32 [...]
 * @throws ArgumentError   an option is out of range
 * @throws ShapeError      there are no tokens
 * @source  Fan, Lewis and Dauphin 2018 (top-k); Holtzman et al. 2020, The Curious Case of Neural Text
 *   Degeneration, §3.1 (top-p). arXiv:1904.09751
 * @example
 * sampleLogits(tensor([1, 3, 2]), { temperature: 0 }); // 1
 */
export function sampleLogits(
  logits: Tensor,
  { temperature = 1, topK, topP = 1, generator }: SamplingOptions = {},
): Tensor {
  const tokens = logits.shape.at(-1);
  if (tokens === undefined || tokens === 0) {
    throw new ShapeError(
      `sampleLogits: needs a last axis of tokens, not ${showShape(logits.shape)}`,
    );
  }
  if (!(temperature >= 0)) {
    throw new ArgumentError(`sampleLogits: the temperature must be ≥ 0, not ${temperature}`);
  }
  if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) {
    throw new ArgumentError(`sampleLogits: topK must be a whole number from 1, not ${topK}`);
  }
  if (!(topP > 0 && topP <= 1)) {
    throw new ArgumentError(`sampleLogits: topP must lie in (0, 1], not ${topP}`);
  }
  if (temperature === 0) return logits.argMax({ axis: -1 });
  let x = temperature === 1 ? logits : logits.div(temperature);
  if (topK !== undefined && topK < tokens) {
    const last = x.topK(topK).values.slice(-1, undefined, { axis: -1 }); // [..., 1]
    x = x.where(x.greaterEqual(last), excluded);
  }
  if (topP === 1) return categorical(x, { generator });
  const { values, indices } = x.sort({ descending: true });
  const p = values.softmax();
  const likelier = p.cumSum({ axis: -1 }).sub(p);
  const place = categorical(values.where(likelier.less(topP), excluded), { generator });
  return indices.gather(place.unsqueeze(-1), { axis: -1 }).squeeze(-1);
}

// Beam search: of all ways to go on with the best beginnings, the best beginnings are kept. What the
// model remembers of each beginning is a tree of tensors with one row a beam, and rows follow their
// beams. Shapes never change, so a step may be compiled.

import { ArgumentError } from "../../ir/errors.ts";
import { tensor } from "../../tensor/create.ts";
import { requireWithin } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { treeMap } from "../../tensor/tree.ts";

/** One step for all beams: logits [beams, tokens] of the next token, and what is remembered then. */
export type BeamStep<S> = (
  /** i32 [beams]: the last token of each beam. */
  tokens: Tensor,
  state: S,
) => { readonly logits: Tensor; readonly state: S };

/** Options of beamSearch. */
export interface BeamSearchOptions<S> {
  /** What is remembered before the first token: a tree of tensors whose first axis is 1. */
  state: S;
  /** The token that is fed first. */
  start: number;
  /** The token that ends a sequence. Default none */
  end?: number;
  /** Beams. Default 4 */
  width?: number;
  /** Tokens at most, the end included. */
  maxLength: number;
  /** α ≥ 0: scores are divided by ((5 + length) / 6)^α. Default 0 */
  lengthPenalty?: number;
}

/** What beamSearch found: tokens and how probable they are. */
export interface Hypothesis {
  /** Without the start and the end. */
  readonly tokens: readonly number[];
  /** Whether the end was reached. */
  readonly ended: boolean;
  /** Natural, of all tokens, the end included. */
  readonly logProbability: number;
  /** logProbability over the length penalty. */
  readonly score: number;
}

interface Candidate {
  readonly beam: number;
  readonly token: number;
  readonly logProbability: number;
}

/**
 * The likeliest sequences, as far as `width` beams find them; with as many beams as there are
 * beginnings, the likeliest of all.
 *
 * Equals: the earlier beam first, then the smaller token.
 *
 * @param step     one step of the model
 * @param options  state, start, end, width, maxLength, lengthPenalty
 * @returns        at most `width` hypotheses, the best first
 * @throws ArgumentError  width or maxLength is not a whole number from 1, or lengthPenalty below 0
 * @cost    a step of the model for `width` rows a token
 * @source  Graves 2012; Sutskever, Vinyals and Le 2014, §3.2; the length penalty of Wu et al. 2016, eq. (14)
 * @example
 * const likely = tensor([[0, 2, 1]]);
 * const [best] = await beamSearch((_, state) => ({ logits: likely.expand([4, 3]), state }), {
 *   state: {}, start: 0, maxLength: 2,
 * });
 * best.tokens; // [1, 1]
 */
export async function beamSearch<S>(
  step: BeamStep<S>,
  options: BeamSearchOptions<S>,
): Promise<Hypothesis[]> {
  const { start, end, width = 4, maxLength, lengthPenalty = 0 } = options;
  if (!(Number.isInteger(width) && width > 0 && maxLength > 0)) {
    throw new ArgumentError(
      `beamSearch: width and maxLength must be whole numbers from 1, not ${width} and ${maxLength}`,
    );
  }
  requireWithin("beamSearch", { lengthPenalty }, { from: 0 });
  const scoreOf = (logProbability: number, length: number): number =>
    logProbability / ((5 + length) / 6) ** lengthPenalty;
  const finished: Hypothesis[] = [];
  const finish = (tokens: readonly number[], logProbability: number, ended: boolean): void => {
    const score = scoreOf(logProbability, tokens.length + Number(ended));
    insert(finished, { tokens, ended, logProbability, score }, width, (h) => h.score);
  };

  // All beams begin alike, so only the first counts.
  let beams: (readonly number[])[] = Array.from({ length: width }, () => []);
  let sums = beams.map((_, i) => (i === 0 ? 0 : -Infinity));
  let last = new Int32Array(width).fill(start);
  let state = treeMap(options.state, (t) => t.take(tensor(new Int32Array(width))));
  for (let length = 1; length <= maxLength; length++) {
    const next = step(tensor(last), state);
    const logs = next.logits.logSoftmax();
    const found: Candidate[] = [];
    const data = await logs.data();
    const tokens = logs.shape[1] as number;
    for (let beam = 0; beam < width; beam++) {
      if (sums[beam] === -Infinity) continue;
      for (let token = 0; token < tokens; token++) {
        const logProbability = (sums[beam] as number) + (data[beam * tokens + token] as number);
        if (token === end) finish(beams[beam] as readonly number[], logProbability, true);
        else insert(found, { beam, token, logProbability }, width, (c) => c.logProbability);
      }
    }
    beams = found.map(({ beam, token }) => [...(beams[beam] as readonly number[]), token]);
    sums = found.map((each) => each.logProbability);
    if (length === maxLength) break;
    // A beam can at best keep what it has, over the largest penalty.
    const worst = finished.length < width ? -Infinity : (finished[width - 1] as Hypothesis).score;
    if (found.length === 0 || scoreOf(sums[0] as number, maxLength) <= worst) {
      beams = [];
      break;
    }
    const parents = new Int32Array(width);
    last = new Int32Array(width);
    for (const [i, { beam, token }] of found.entries()) [parents[i], last[i]] = [beam, token];
    while (sums.length < width) sums.push(-Infinity);
    while (beams.length < width) beams.push([]);
    const order = tensor(parents);
    state = treeMap(next.state, (t) => t.take(order));
  }
  for (const [i, tokens] of beams.entries()) {
    if (sums[i] !== -Infinity) finish(tokens, sums[i] as number, false);
  }
  return finished;
}

/** Puts an item into a list of the `most` best, the best first; of equals, the one that was there. */
function insert<T>(list: T[], item: T, most: number, value: (item: T) => number): void {
  const score = value(item);
  if (Number.isNaN(score) || score === -Infinity) return;
  if (list.length === most && value(list[most - 1] as T) >= score) return;
  let at = list.length;
  while (at > 0 && value(list[at - 1] as T) < score) at--;
  list.splice(at, 0, item);
  if (list.length > most) list.pop();
}

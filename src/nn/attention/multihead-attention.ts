// Multi-head attention: several attentions side by side, each on its own projection of queries, keys
// and values, and a linear map of all their results. Parameters and their names are PyTorch's; the
// batch comes first, and masks are true where a query may look.

import { ShapeError } from "../../ir/errors.ts";
import { Parameter } from "../../tensor/cell.ts";
import { ones, zeros } from "../../tensor/create.ts";
import { concat } from "../../tensor/functions.ts";
import { requireHeads, requireProbability, requireSizes } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { dropout } from "../dropout.ts";
import { type FloatType, xavierNormal, xavierUniform } from "../init.ts";
import { Linear } from "../linear.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";
import * as stateKeys from "../state-keys.ts";
import { attentionWeights, requireValues } from "./attention.ts";
import type { KeysAndValues, KeyValueCache } from "./key-value-cache.ts";
import { bothMasks, causalMask } from "./masks.ts";

/** Options of MultiheadAttention. */
export interface MultiheadAttentionOptions {
  /** Width of the keys. Default: that of the queries */
  kdim?: number;
  /** Width of the values. Default: that of the queries */
  vdim?: number;
  /** Probability that a weight is dropped while training. Default 0. */
  dropout?: number;
  /** Whether something is added by the projections. Default true. */
  bias?: boolean;
  /** Whether there is one more key, with its value, that is learnt and seen by all. Default false. */
  addBiasKv?: boolean;
  /** Whether there is one more key of zeros, with a value of zeros, seen by all. Default false. */
  addZeroAttn?: boolean;
  /** Default f32. */
  dtype?: FloatType;
}

/** Where queries may look. */
export interface LookOptions {
  /** [queries, keys], with a batch and heads in front if they differ: bool, true where a query may
   * look, or floats to add. */
  mask?: Tensor;
  /** bool [batch, keys]: the keys that are no padding. */
  keyMask?: Tensor;
  /** Whether a query sees only keys at its place and before. Default false. */
  causal?: boolean;
  /** Where keys and values are kept and looked up: `key` and `value` are those of new places. */
  cache?: KeyValueCache;
  /** The place of the first query: a number, or i32 [] known at run time. Default 0. */
  position?: number | Tensor;
}

/** What attention gives, and how it looked. */
export interface Attended {
  /** [batch, queries, width] */
  readonly output: Tensor;
  /** [batch, heads, queries, keys]: before dropout; behind the keys those that options add. */
  readonly weights: Tensor;
}

/**
 * G = W·[F₁; …; F_h] + b with Fᵢ = softmax(Qᵢ·Kᵢᵀ / √(width / h))·Vᵢ, of projections of the input.
 *
 * The projections start Xavier-uniform, their biases 0, the key and the value of addBiasKv Xavier-normal.
 *
 * @source Vaswani et al. 2017, Attention Is All You Need, §3.2.2; seed 003 §Multi-headed attention
 * @example
 * new MultiheadAttention(8, 2).forward(randn([3, 5, 8])).shape; // [3, 5, 8]
 */
export class MultiheadAttention extends Module {
  /** [3·width, width]: of queries, keys, values, one below the other. */
  readonly inProjWeight: Parameter | undefined;
  /** [width, width], [width, kdim], [width, vdim]: in its place if keys or values are of another width. */
  readonly qProjWeight: Parameter | undefined;
  readonly kProjWeight: Parameter | undefined;
  readonly vProjWeight: Parameter | undefined;
  /** [3·width] */
  readonly inProjBias: Parameter | undefined;
  /** [1, 1, width]: the key and the value that are learnt. */
  readonly biasK: Parameter | undefined;
  readonly biasV: Parameter | undefined;
  readonly outProj: Linear;
  readonly width: number;
  readonly heads: number;
  readonly dropout: number;
  readonly addZeroAttn: boolean;

  constructor(width: number, heads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const { kdim = width, vdim = width, bias = true, dtype = "f32" } = options;
    requireSizes("MultiheadAttention", { width, heads, kdim, vdim });
    requireProbability("MultiheadAttention", { dropout: options.dropout ?? 0 });
    requireHeads("MultiheadAttention", width, heads);
    this.width = width;
    this.heads = heads;
    this.dropout = options.dropout ?? 0;
    const weight = (from: number, to = width): Parameter =>
      new Parameter(xavierUniform([to, from], { dtype }));
    if (kdim === width && vdim === width) this.inProjWeight = weight(width, 3 * width);
    else {
      this.qProjWeight = weight(width);
      this.kProjWeight = weight(kdim);
      this.vProjWeight = weight(vdim);
    }
    this.inProjBias = bias ? new Parameter(zeros([3 * width], { dtype })) : undefined;
    if (options.addBiasKv) {
      const added = (): Parameter => new Parameter(xavierNormal([1, 1, width], { dtype }));
      this.biasK = added();
      this.biasV = added();
    }
    this.addZeroAttn = options.addZeroAttn ?? false;
    this.outProj = new Linear(width, width, { bias, dtype });
    this.outProj.bias?.assign(0);
  }

  override get fieldNames(): stateKeys.FieldNames {
    return stateKeys.multiheadAttention;
  }

  /**
   * @param query    [batch, queries, width], or without a batch
   * @param key      [batch, keys, kdim]. Default the query: self-attention
   * @param value    [batch, keys, vdim]. Default the key
   * @param options  mask, keyMask, causal; cache, position
   * @returns        [batch, queries, width]
   * @throws ShapeError  the shapes do not fit
   */
  forward(query: Tensor, key = query, value = key, options: LookOptions = {}): Tensor {
    return this.attend(query, key, value, options).output;
  }

  /** forward, with the weights. */
  attend(query: Tensor, key = query, value = key, options: LookOptions = {}): Attended {
    this.checkShapes(query, key, value);
    if (query.rank === 2) {
      const [q, k, v] = [query.unsqueeze(0), key.unsqueeze(0), value.unsqueeze(0)];
      const same = key === query && value === query;
      const { output, weights } = same
        ? this.attend(q, q, q, options)
        : this.attend(q, k, v, options);
      return { output: output.squeeze(0), weights: weights.squeeze(0) };
    }
    if (key === query && value === query && this.inProjWeight !== undefined) {
      const parts = added(query.matmul(this.inProjWeight.T), this.inProjBias).chunk(3, {
        axis: -1,
      });
      const [q, keys, values] = parts.map((x) => this.split(x)) as [Tensor, Tensor, Tensor];
      return this.lookUp(q, { keys, values }, options);
    }
    return this.lookUp(this.split(this.project(query, 0)), this.remember(key, value), options);
  }

  /**
   * The keys and values of what is looked at again and again, computed once; for `recall`.
   *
   * @param key    [batch, keys, kdim]
   * @param value  [batch, keys, vdim]. Default the key
   */
  remember(key: Tensor, value = key): KeysAndValues {
    return {
      keys: this.split(this.project(key, 1)),
      values: this.split(this.project(value, 2)),
    };
  }

  /** forward, looking at what `remember` gave. @param query  [batch, queries, width] */
  recall(query: Tensor, memory: KeysAndValues, options: LookOptions = {}): Tensor {
    return this.lookUp(this.split(this.project(query, 0)), memory, options).output;
  }

  private lookUp(query: Tensor, fresh: KeysAndValues, options: LookOptions): Attended {
    const { mask, keyMask, causal = false, cache, position = 0 } = options;
    cache?.write(fresh, position);
    const own = cache ?? fresh;
    const [queries, places] = [query.shape[2] as number, own.keys.shape[2] as number];
    // Places of a cache that nothing was written to yet come after every query.
    const hidden = causal || cache !== undefined;
    const order = hidden ? causalMask(queries, { keys: places, position }) : undefined;
    const padding = keyMask?.unsqueeze([1, 2]); // [batch, 1, 1, keys]
    const given = mask?.rank === 3 ? mask.unsqueeze(1) : mask;
    const { keys, values } = this.extended(own);
    const seen = bothMasks(bothMasks(order, padding), given);
    const weights = attentionWeights(query, keys, {
      mask: openTo(seen, places, (keys.shape[2] as number) - places),
    }); // [batch, heads, queries, keys]
    const kept = dropout(weights, this.dropout, { training: this.training });
    const joined = kept.matmul(values).swapAxes(1, 2).flatten(2); // [batch, queries, width]
    return { output: this.outProj.forward(joined), weights };
  }

  /** Keys and values, [batch, heads, keys, width / heads], with those behind them that options add. */
  private extended({ keys, values }: KeysAndValues): KeysAndValues {
    const { biasK, biasV, addZeroAttn } = this;
    const behind = (x: Tensor, learnt: Tensor | undefined): Tensor => {
      const one = [x.shape[0], x.shape[1], 1, x.shape[3]] as number[];
      const parts = learnt === undefined ? [] : [this.split(learnt).broadcastTo(one)];
      if (addZeroAttn) parts.push(zeros(one, { dtype: x.dtype }));
      return parts.length === 0 ? x : concat([x, ...parts], { axis: 2 });
    };
    return { keys: behind(keys, biasK), values: behind(values, biasV) };
  }

  /** One of the three projections: of queries, keys or values. */
  private project(x: Tensor, part: 0 | 1 | 2): Tensor {
    const rows = `${part * this.width}:${(part + 1) * this.width}`;
    const own = [this.qProjWeight, this.kProjWeight, this.vProjWeight][part];
    const weight = own ?? (this.inProjWeight as Parameter).at(rows);
    return added(x.matmul(weight.T), this.inProjBias?.at(rows));
  }

  /** [batch, time, width] as [batch, heads, time, width / heads]. */
  private split(x: Tensor): Tensor {
    return x.unflatten(2, [this.heads, this.width / this.heads]).swapAxes(1, 2);
  }

  private checkShapes(query: Tensor, key: Tensor, value: Tensor): void {
    const { width, kProjWeight, vProjWeight } = this;
    const inputs = [
      ["query", query, width],
      ["key", key, kProjWeight?.shape[1] ?? width],
      ["value", value, vProjWeight?.shape[1] ?? width],
    ] as const;
    for (const [name, x, size] of inputs) {
      if (x.shape.at(-1) === size && (x.rank === 2 || x.rank === 3) && x.rank === query.rank)
        continue;
      throw new ShapeError(
        `MultiheadAttention: the ${name} must be [batch, ${name === "query" ? "queries" : "keys"}, ${size}], not ${showShape(x.shape)}`,
      );
    }
    requireValues("MultiheadAttention", key, value);
  }
}

const added = (x: Tensor, bias: Tensor | undefined): Tensor =>
  bias === undefined ? x : x.add(bias);

/** A mask of keys, with `count` more behind them that every query sees. */
function openTo(mask: Tensor | undefined, keys: number, count: number): Tensor | undefined {
  if (mask === undefined || count === 0) return mask;
  const before = mask.shape.slice(0, -1);
  const open = (mask.dtype === "bool" ? ones : zeros)([...before, count], { dtype: mask.dtype });
  return concat([mask.broadcastTo([...before, keys]), open], { axis: -1 });
}

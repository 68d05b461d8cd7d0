// Activations: the functions that networks put between their layers, in forms that neither overflow
// nor make NaN gradients for large inputs. The end of the elementwise part of the chain.

import { backward } from "../grad/backward.ts";
import * as ir from "../ir/build.ts";
import { inline, type Node } from "../ir/node.ts";
import type { CallRule } from "../ir/op.ts";
import { floating, number } from "./operand.ts";
import { requireOneOf, requireWithin } from "./requirements.ts";
import type { Tensor } from "./tensor.ts";
import { Transcendental } from "./transcendental.ts";

/** What is not positive is asked for, so that NaN stays NaN. */
function positivePart(x: Node): Node {
  const zero = number(0, x);
  return ir.where(ir.or(ir.less(x, zero), ir.equal(x, zero)), zero, x);
}
const negativePart = (x: Node): Node => ir.where(ir.less(number(0, x), x), number(0, x), x);

/**
 * 1 / (1 + e⁻ˣ) as 1/(1 + e) or e/(1 + e) with e = exp(−|x|) ≤ 1. Its slope is y·(1 − y), so that of
 * what it is made of nothing is kept for a gradient but y.
 */
function logistic(x: Node): Node {
  const body = ir.body([x], ([v]) => {
    const at = v as Node;
    const [zero, one] = [number(0, at), number(1, at)];
    const negative = ir.less(at, zero);
    const e = ir.exp(ir.where(negative, at, ir.neg(at)));
    return [ir.div(ir.where(negative, e, one), ir.add(one, e))];
  });
  return ir.call({ body, kind: "custom", rule: logisticSlope }, [x])[0] as Node;
}

const logisticSlope: CallRule = (_, [y], [gradient]) => {
  const value = y as Node;
  return [ir.mul(gradient as Node, ir.mul(value, ir.sub(number(1, value), value)))];
};

/** log(1 + eˣ) = max(x, 0) + log1p(exp(−|x|)). At 0 both parts take the branch x ≥ 0. */
function logOnePlusExp(x: Node): Node {
  const negative = ir.less(x, number(0, x));
  const e = ir.exp(ir.where(negative, x, ir.neg(x)));
  return ir.add(ir.where(negative, number(0, x), x), ir.log1p(e));
}

/**
 * A function of each element by itself whose gradient is g·f′(x), with f′(x) as one value: a schedule
 * may then keep that in place of x. Numbers that it takes come from around it, so that the function
 * and its slope have them, and what is made of them, in common.
 */
function withSlope(x: Node, numbers: readonly number[], f: ElementFunction): Node {
  const src = [x, ...numbers.map((value) => ir.constant(value, x.dtype, x.shape))];
  const body = ir.body(src, ([v, ...n]) => [f(v as Node, ...n)]);
  const rule: CallRule = ([source, ...n], _, [g]) => {
    const at = ir.alias(source as Node);
    const [y] = inline(body, [at, ...n]) as [Node];
    const [slope] = backward([y], [ir.constant(1, y.dtype, y.shape)], [at]);
    return [slope ? ir.mul(g as Node, slope) : null];
  };
  return ir.call({ body, kind: "custom", rule }, src)[0] as Node;
}

type ElementFunction = (x: Node, ...numbers: Node[]) => Node;

/** The forms of gelu, and the numbers that each takes. */
const gelus: Readonly<
  Record<"none" | "tanh" | "sigmoid", readonly [readonly number[], ElementFunction]>
> = {
  none: [
    [0.5, Math.SQRT1_2],
    (x, ...n) => {
      const [half, root] = n as [Node, Node];
      return ir.mul(ir.mul(x, half), ir.add(number(1, x), ir.erf(ir.mul(x, root))));
    },
  ],
  tanh: [
    [0.5, 0.044715, Math.sqrt(2 / Math.PI)],
    (x, ...n) => {
      const [half, cubic, scale] = n as [Node, Node, Node];
      const inner = ir.mul(ir.add(x, ir.mul(ir.mul(x, cubic), ir.mul(x, x))), scale);
      return ir.mul(ir.mul(x, half), ir.add(number(1, x), ir.tanh(inner)));
    },
  ],
  sigmoid: [[1.702], (x, ...n) => ir.mul(x, logistic(ir.mul(x, n[0] as Node)))],
};

export abstract class Elementwise extends Transcendental {
  /** max(x, 0); NaN stays NaN. The gradient at 0 is 0. */
  relu(): Tensor {
    return this.wrap(positivePart(this.node));
  }

  /** x above 0 and slope·x below. */
  leakyRelu(slope = 0.01): Tensor {
    requireWithin("leakyRelu", { slope });
    const x = floating(this.node);
    return this.wrap(ir.where(ir.less(number(0, x), x), x, ir.mul(x, number(slope, x))));
  }

  /** 1 / (1 + e⁻ˣ), in (0, 1). */
  sigmoid(): Tensor {
    return this.wrap(logistic(floating(this.node)));
  }

  /** log(1 / (1 + e⁻ˣ)), accurate where the sigmoid is 0. */
  logSigmoid(): Tensor {
    return this.wrap(ir.neg(logOnePlusExp(ir.neg(floating(this.node)))));
  }

  /** log(1 + e^(β·x)) / β: a smooth max(x, 0). */
  softplus({ beta = 1 }: { beta?: number } = {}): Tensor {
    requireWithin("softplus", { beta }, { from: 0, open: "from" });
    const x = floating(this.node);
    if (beta === 1) return this.wrap(logOnePlusExp(x));
    return this.wrap(ir.mul(logOnePlusExp(ir.mul(x, number(beta, x))), number(1 / beta, x)));
  }

  /** x / (1 + |x|), in (−1, 1). */
  softsign(): Tensor {
    const x = floating(this.node);
    return this.wrap(ir.div(x, ir.add(number(1, x), ir.max(x, ir.neg(x)))));
  }

  /** x·sigmoid(x), also called swish. */
  silu(): Tensor {
    const x = floating(this.node);
    return this.wrap(withSlope(x, [], (v) => ir.mul(v, logistic(v))));
  }

  /**
   * x·Φ(x), with Φ the distribution function of the standard normal.
   *
   * @param options  approximate: "tanh" for ½x(1 + tanh(√(2/π)(x + 0.044715x³))), "sigmoid" for
   *   x·σ(1.702x), off by at most 0.0204; default "none"
   * @source  Hendrycks and Gimpel 2016, Gaussian Error Linear Units, §2. arXiv:1606.08415
   */
  gelu({ approximate = "none" }: { approximate?: "none" | "tanh" | "sigmoid" } = {}): Tensor {
    requireOneOf("gelu", { approximate }, ["none", "tanh", "sigmoid"]);
    const [numbers, f] = gelus[approximate];
    return this.wrap(withSlope(floating(this.node), numbers, f));
  }

  /** x above 0 and α(eˣ − 1) below. */
  elu({ alpha = 1 }: { alpha?: number } = {}): Tensor {
    requireWithin("elu", { alpha });
    const x = floating(this.node);
    // expm1 sees only what is below 0: it cannot overflow, and neither can its gradient.
    const below = ir.mul(ir.expm1(negativePart(x)), number(alpha, x));
    return this.wrap(ir.where(ir.less(number(0, x), x), x, below));
  }

  /**
   * λ·elu(x, α), with λ and α such that mean 0 and variance 1 are kept from layer to layer.
   *
   * @source  Klambauer et al. 2017, Self-Normalizing Neural Networks, eq. (2). arXiv:1706.02515
   */
  selu(): Tensor {
    return this.elu({ alpha: 1.6732632423543772 }).mul(1.0507009873554805);
  }

  /** A straight line through the sigmoid: clamp(x/6 + ½, 0, 1), with the derivative 0 at its ends. */
  hardsigmoid(): Tensor {
    const x = this.wrap(floating(this.node));
    const line = x.div(6).add(0.5);
    return line.where(x.abs().less(3), line.clamp(0, 1).detach());
  }

  /** x·tanh(softplus(x)). */
  mish(): Tensor {
    const x = floating(this.node);
    return this.wrap(withSlope(x, [], (v) => ir.mul(v, ir.tanh(logOnePlusExp(v)))));
  }
}

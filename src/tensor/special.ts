// Functions that are composed of the primitive ones, on nodes. Each is written so that neither its
// value nor its gradient overflows before the function itself does, and works in f32 and in f64.

import * as ir from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import { floating, number } from "./operand.ts";

/** c₀ + c₁x + c₂x² + …, by Horner's rule. */
export function polynomial(x: Node, coefficients: readonly number[]): Node {
  let y = number(coefficients[coefficients.length - 1] as number, x);
  for (let i = coefficients.length - 2; i >= 0; i--) {
    y = ir.add(ir.mul(y, x), number(coefficients[i] as number, x));
  }
  return y;
}

const zeroOf = (x: Node): Node => number(0, x);
const oneOf = (x: Node): Node => number(1, x);
const isNegative = (x: Node): Node => ir.less(x, zeroOf(x));

/** |x| whose slope at 0 is 1: right where what follows is smooth on the branch x ≥ 0. */
const size = (x: Node): Node => ir.where(isNegative(x), ir.neg(x), x);

/** An odd function from its branch x ≥ 0. */
function odd(x: Node, branch: (size: Node) => Node): Node {
  const y = branch(size(x));
  return ir.where(isNegative(x), ir.neg(y), y);
}

const scaled = (x: Node, factor: number): Node => ir.mul(x, number(factor, x));

/** (eˣ − e⁻ˣ) / 2. Small ones from expm1, large ones from the square of e^(x/2). */
export function sinh(x: Node): Node {
  return odd(floating(x), (a) => {
    const small = ir.less(a, oneOf(a));
    const e = ir.expm1(ir.where(small, a, zeroOf(a)));
    const near = scaled(ir.add(e, ir.div(e, ir.add(e, oneOf(e)))), 0.5);
    const h = ir.exp(scaled(a, 0.5));
    const far = ir.sub(ir.mul(scaled(h, 0.5), h), ir.div(ir.div(number(0.5, h), h), h));
    return ir.where(small, near, far);
  });
}

/** (eˣ + e⁻ˣ) / 2. */
export function cosh(x: Node): Node {
  const h = ir.exp(scaled(size(floating(x)), 0.5));
  return ir.add(ir.mul(scaled(h, 0.5), h), ir.div(ir.div(number(0.5, h), h), h));
}

/** log 2x ± 1/(4x²): what asinh (+) and acosh (−) are for large x, where x² may overflow. */
function logTwice(x: Node, sign: 1 | -1): Node {
  const inverse = ir.div(number(0.5, x), x);
  const first = ir.add(ir.log(x), number(Math.LN2, x));
  return ir.add(first, ir.mul(ir.mul(inverse, inverse), number(sign, x)));
}

/** log(x + √(x² + 1)). */
export function asinh(x: Node): Node {
  return odd(floating(x), (a) => {
    const large = ir.less(number(1e6, a), a);
    const b = ir.where(large, oneOf(a), a);
    const square = ir.mul(b, b);
    const root = ir.sqrt(ir.add(square, oneOf(b)));
    const near = ir.log1p(ir.add(b, ir.div(square, ir.add(oneOf(b), root))));
    return ir.where(large, logTwice(ir.where(large, a, oneOf(a)), 1), near);
  });
}

/** log(x + √(x² − 1)), x ≥ 1. */
export function acosh(x: Node): Node {
  const y = floating(x);
  const large = ir.less(number(1e6, y), y);
  const t = ir.where(large, oneOf(y), ir.sub(y, oneOf(y)));
  // log1p(t + √(2t + t²)), t = x − 1; the root is taken apart so that the slope at 1 is ∞, not NaN.
  const near = ir.log1p(ir.add(t, ir.mul(ir.sqrt(t), ir.sqrt(ir.add(t, number(2, t))))));
  return ir.where(large, logTwice(ir.where(large, y, oneOf(y)), -1), near);
}

/** log((1 + x) / (1 − x)) / 2. */
export function atanh(x: Node): Node {
  return odd(floating(x), (a) => scaled(ir.log1p(ir.div(scaled(a, 2), ir.sub(oneOf(a), a))), 0.5));
}

/** arctan of |t| ≤ 1: halved twice, atan t = 4·atan z with |z| ≤ tan(π/16), then z − z³/3 + z⁵/5 − … */
function atanWithinOne(t: Node): Node {
  const halve = (z: Node): Node =>
    ir.div(z, ir.add(oneOf(z), ir.sqrt(ir.add(oneOf(z), ir.mul(z, z)))));
  const z = halve(halve(t));
  const terms = t.dtype === "f64" ? 12 : 6;
  const series = Array.from({ length: terms }, (_, k) => (k % 2 === 0 ? 4 : -4) / (2 * k + 1));
  return ir.mul(z, polynomial(ir.mul(z, z), series));
}

/** The angle whose tangent is x, in (−π/2, π/2). */
export function atan(x: Node): Node {
  const y = floating(x);
  const large = ir.less(oneOf(y), ir.max(y, ir.neg(y)));
  const inverse = ir.div(oneOf(y), ir.where(large, y, oneOf(y)));
  const a = atanWithinOne(ir.where(large, inverse, y));
  const quarter = number(Math.PI / 2, y);
  const outer = ir.sub(ir.where(isNegative(y), ir.neg(quarter), quarter), a);
  return ir.where(large, outer, a);
}

/** The angle of the point (x, y), in [−π, π]; 0 at the origin. −0 counts as 0. */
export function atan2(y: Node, x: Node): Node {
  const [ySize, xSize] = [size(y), size(x)];
  const steep = ir.less(xSize, ySize);
  const origin = ir.and(ir.equal(ySize, zeroOf(y)), ir.equal(xSize, zeroOf(x)));
  const infinite = ir.equal(ir.where(steep, xSize, ySize), number(Infinity, x));
  const upper = ir.where(infinite, oneOf(x), ir.where(steep, xSize, ySize));
  const lower = ir.where(
    infinite,
    oneOf(x),
    ir.where(origin, oneOf(x), ir.where(steep, ySize, xSize)),
  );
  const a = atanWithinOne(ir.div(upper, lower));
  const first = ir.where(steep, ir.sub(number(Math.PI / 2, a), a), a); // the first quadrant
  const half = ir.where(isNegative(x), ir.sub(number(Math.PI, a), first), first);
  return ir.where(isNegative(y), ir.neg(half), half);
}

/** The angle whose sine is x, in [−π/2, π/2]. */
export function asin(x: Node): Node {
  const y = floating(x);
  // √(1 − |x|)·√(1 + |x|): exact near 1, and the slope there is ∞, not NaN.
  const a = size(y);
  const cosine = ir.mul(ir.sqrt(ir.sub(oneOf(a), a)), ir.sqrt(ir.add(oneOf(a), a)));
  return scaled(atanWithinOne(ir.div(y, ir.add(oneOf(y), cosine))), 2);
}

/** The angle whose cosine is x, in [0, π]. */
export function acos(x: Node): Node {
  const y = floating(x);
  const a = size(y);
  const ratio = ir.div(ir.sqrt(ir.sub(oneOf(a), a)), ir.sqrt(ir.add(oneOf(a), a)));
  const angle = scaled(atanWithinOne(ratio), 2);
  return ir.where(isNegative(y), ir.sub(number(Math.PI, y), angle), angle);
}

// e^(x²)·erfc(x)·(1 + x/2) for x ≥ 1/2, in powers of s = 5t/2 − 1 with t = 1/(1 + x/2): our own fits
// at Chebyshev points (50 digits); relative errors 2e-7 in f32 and 5e-16 in f64.
const tail32 = [
  0.447502878, 0.232150395, 0.0809695649, 0.0129590054, -0.00276098184, -0.00150580117,
  0.000162738734, 0.000171989024, -2.38944491e-5, -1.65213103e-5, 3.55643814e-6,
];
const tail64 = [
  0.4475028779534749, 0.23215037213618606, 0.08096957526611162, 0.012959473081057472,
  -0.002761191080379309, -0.0015084503223685211, 0.0001639460048583948, 0.00017817859780504104,
  -2.6823157727334747e-5, -2.2987116468263804e-5, 6.876391779798064e-6, 2.6211018108753266e-6,
  -1.700131763297648e-6, -8.055999288670638e-8, 3.434385603228407e-7, -8.505524863009774e-8,
  -4.3605767695637443e-8, 3.401457823077232e-8, -2.4688440516873632e-9, -7.575486805194398e-9,
  3.13361602553673e-9, 9.861544708576029e-10, -8.27927456897493e-10, -5.438744129819114e-11,
  9.152584794936392e-11,
];

/** 1 − erf(x), without cancellation for large x. */
export function erfc(x: Node): Node {
  const y = floating(x);
  const a = ir.min(size(y), number(30, y));
  const near = ir.less(a, number(0.5, a));
  const t = ir.div(oneOf(a), ir.add(oneOf(a), scaled(a, 0.5)));
  const s = ir.sub(scaled(t, 2.5), oneOf(t));
  const scaledTail = ir.mul(t, polynomial(s, y.dtype === "f64" ? tail64 : tail32));
  // e^(−x²) = e^(−h²)·e^(−(x − h)(x + h)), where h is x cut to 1/64 and its square is exact.
  const h = scaled(ir.floor(scaled(a, 64)), 1 / 64);
  const decay = ir.mul(
    ir.exp(ir.neg(ir.mul(h, h))),
    ir.exp(ir.neg(ir.mul(ir.sub(a, h), ir.add(a, h)))),
  );
  const tail = ir.mul(decay, scaledTail);
  const right = ir.where(isNegative(y), ir.sub(number(2, tail), tail), tail);
  return ir.where(near, ir.sub(oneOf(y), ir.erf(y)), right);
}

// Giles' two polynomials for √-free single precision: centre (in w − 5/2) and tail (in √w − 3).
const centre = [
  1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-6,
  -3.5233877e-6, 3.43273939e-7, 2.81022636e-8,
];
const outside = [
  2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844,
  0.00134934322, 0.000100950558, -0.000200214257,
];

/**
 * The x with erf(x) = y, −1 < y < 1; ±∞ at the ends.
 *
 * @source  Giles 2010, Approximating the erfinv function, table 5; in f64 one step of Halley's method
 */
export function erfinv(value: Node): Node {
  const y = floating(value);
  const one = oneOf(y);
  const a = size(y);
  const edge = ir.equal(a, one);
  const inside = ir.where(edge, zeroOf(y), y);
  const w = ir.neg(ir.log(ir.mul(ir.sub(one, inside), ir.add(one, inside))));
  const far = ir.less(number(5, w), w);
  const near = polynomial(ir.sub(w, number(2.5, w)), centre);
  const root = ir.sqrt(ir.where(far, w, number(9, w)));
  const tail = polynomial(ir.sub(root, number(3, w)), outside);
  let x = ir.mul(ir.where(far, tail, near), inside);
  if (y.dtype === "f64") {
    // (erf x − y)/erf′(x), then Halley: x − e/(1 + x·e).
    const slope = scaled(ir.exp(ir.neg(ir.mul(x, x))), 2 / Math.sqrt(Math.PI));
    const e = ir.div(ir.sub(ir.erf(x), inside), slope);
    x = ir.sub(x, ir.div(e, ir.add(one, ir.mul(x, e))));
  }
  const infinity = ir.where(isNegative(y), number(-Infinity, y), number(Infinity, y));
  return ir.where(edge, infinity, x);
}

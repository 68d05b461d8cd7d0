// Arithmetic on each element: broadcasts and promotes, and computes numbers at once.

import { checkType, type DType, dtypes, isFloat, promote } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { is, makeNode, type Node } from "../node.ts";
import type { Elementwise } from "../op.ts";
import { castScalar, evaluateScalar } from "../scalar.ts";
import { broadcastShapes, equalShapes, type Shape } from "../shape.ts";
import { constant } from "./leaves.ts";
import { expand } from "./movement.ts";

/** Takes the list of operands over and broadcasts it in place. */
function elementwise(op: Elementwise, operands: Node[], dtype: DType): Node {
  const shape = commonShape(op, operands);
  let known = true;
  for (let i = 0; i < operands.length; i++) {
    const operand = expand(operands[i] as Node, shape);
    operands[i] = operand;
    if (operand.op !== "const") known = false;
  }
  if (!known || op === "cast" || op === "bitcast")
    return makeNode(op, operands, null, shape, dtype);
  const type = op === "where" ? dtype : (operands[0] as Node).dtype;
  const values = operands.map((s) => (s as Node<"const">).arg.value);
  return constant(evaluateScalar(op, type, values), dtype, shape);
}

function commonShape(op: Elementwise, operands: readonly Node[]): Shape {
  const { shape } = operands[0] as Node;
  for (let i = 1; i < operands.length; i++) {
    if (!equalShapes((operands[i] as Node).shape, shape)) {
      return broadcastShapes(op, ...operands.map((s) => s.shape));
    }
  }
  return shape;
}

export function cast(x: Node, dtype: DType): Node {
  if (x.dtype === dtype) return x;
  checkType("cast", dtype);
  if (is(x, "const")) return constant(castScalar(x.arg.value, x.dtype, dtype), dtype, x.shape);
  return elementwise("cast", [x], dtype);
}

/** The same bits as another type of the same width. */
export function bitcast(x: Node, dtype: DType): Node {
  if (x.dtype === dtype) return x;
  if (dtypes[x.dtype].bytes !== dtypes[dtype].bytes || dtypes[dtype].bytes !== 4) {
    throw new DTypeError(
      `bitcast: ${x.dtype} to ${dtype}: only f32, i32 and u32 can be seen as each other`,
    );
  }
  return elementwise("bitcast", [x], dtype);
}

const number = (x: Node, op: string): Node => {
  if (x.dtype === "bool")
    throw new DTypeError(`${op}: the tensor holds bool; cast it to a number first`);
  return cast(x, dtypes[x.dtype].compute);
};
/** Integers and bool become f32. */
const float = (x: Node): Node => cast(x, isFloat(x.dtype) ? dtypes[x.dtype].compute : "f32");

type Unary = (x: Node) => Node;
const floatUnary = (op: Elementwise, x: Node): Node => {
  const y = float(x);
  return elementwise(op, [y], y.dtype);
};

export const neg: Unary = (x) => {
  const y = number(x, "neg");
  return is(y, "neg") ? (y.src[0] as Node) : elementwise("neg", [y], y.dtype);
};
export const exp: Unary = (x) => floatUnary("exp", x);
export const expm1: Unary = (x) => floatUnary("expm1", x);
export const log: Unary = (x) => floatUnary("log", x);
export const log1p: Unary = (x) => floatUnary("log1p", x);
export const sin: Unary = (x) => floatUnary("sin", x);
export const cos: Unary = (x) => floatUnary("cos", x);
export const tanh: Unary = (x) => floatUnary("tanh", x);
export const erf: Unary = (x) => floatUnary("erf", x);
export const sqrt: Unary = (x) => floatUnary("sqrt", x);
export const floor: Unary = (x) => (isFloat(x.dtype) ? floatUnary("floor", x) : x);

function promoted(a: Node, b: Node): [Node, Node, DType] {
  const dtype = promote(a.dtype, b.dtype);
  return [cast(a, dtype), cast(b, dtype), dtype];
}

const arithmetic = (op: Elementwise, a: Node, b: Node): Node => {
  const common = promote(a.dtype, b.dtype);
  const dtype = common === "bool" ? "i32" : common;
  return elementwise(op, [cast(a, dtype), cast(b, dtype)], dtype);
};

export const add = (a: Node, b: Node): Node => arithmetic("add", a, b);
export const mul = (a: Node, b: Node): Node => arithmetic("mul", a, b);
/** True division for floats; floor division for integers. */
export const div = (a: Node, b: Node): Node => arithmetic("div", a, b);
/** The remainder with the divisor's sign. */
export const mod = (a: Node, b: Node): Node => arithmetic("mod", a, b);
export const sub = (a: Node, b: Node): Node => {
  const [x, y] = promoted(a, b);
  return add(x, neg(x.dtype === "bool" ? cast(y, "i32") : y));
};
export const max = (a: Node, b: Node): Node => {
  const [x, y, dtype] = promoted(a, b);
  return elementwise(dtype === "bool" ? "or" : "max", [x, y], dtype);
};
export const min = (a: Node, b: Node): Node => {
  const [x, y, dtype] = promoted(a, b);
  if (dtype === "bool") return and(x, y);
  // Negation is not monotone for unsigned and smallest integers: compare instead.
  if (!isFloat(dtype)) return where(less(y, x), y, x);
  return neg(max(neg(x), neg(y)));
};

const comparison = (op: "less" | "equal", a: Node, b: Node): Node => {
  const dtype = promote(a.dtype, b.dtype);
  return elementwise(op, [cast(a, dtype), cast(b, dtype)], "bool");
};
export const less = (a: Node, b: Node): Node => comparison("less", a, b);
export const equal = (a: Node, b: Node): Node => comparison("equal", a, b);

const bitwise = (op: "and" | "or" | "xor" | "shl" | "shr", a: Node, b: Node): Node => {
  const dtype = promote(a.dtype, b.dtype);
  if (isFloat(dtype) || (dtype === "bool" && (op === "shl" || op === "shr"))) {
    throw new DTypeError(
      `${op}: needs integers${op.startsWith("sh") ? "" : " or bool"}, not ${a.dtype} and ${b.dtype}`,
    );
  }
  return elementwise(op, [cast(a, dtype), cast(b, dtype)], dtype);
};
export const and = (a: Node, b: Node): Node => bitwise("and", a, b);
export const or = (a: Node, b: Node): Node => bitwise("or", a, b);
export const xor = (a: Node, b: Node): Node => bitwise("xor", a, b);
export const shl = (a: Node, b: Node): Node => bitwise("shl", a, b);
export const shr = (a: Node, b: Node): Node => bitwise("shr", a, b);
export const not = (x: Node): Node => xor(cast(x, "bool"), constant(1, "bool", x.shape));

export function where(condition: Node, a: Node, b: Node): Node {
  if (condition.dtype !== "bool") {
    throw new DTypeError(
      `where: the condition must be bool, not ${condition.dtype}; compare it with something, or cast it`,
    );
  }
  const [x, y, dtype] = promoted(a, b);
  return elementwise("where", [condition, x, y], dtype);
}

export function threefry(k0: Node, k1: Node, c0: Node, c1: Node): Node {
  return elementwise(
    "threefry",
    [k0, k1, c0, c1].map((x) => cast(x, "u32")),
    "u32",
  );
}

// Graph to smaller graph, before anything is scheduled: equal nodes become one, structure that only
// matters to derivatives goes, and ops are put in the form the schedule handles best. One rewrite
// rule a function; all keep values (sums may be grouped otherwise, by shape alone).

import * as build from "../ir/build.ts";
import { inline, is, makeNode, type Node, sortNodes } from "../ir/node.ts";
import { ops } from "../ir/op.ts";
import { sizeOf } from "../ir/shape.ts";

type Rule = (node: Node) => Node | undefined;

/** The outputs again, in simplest form. Nodes in `fixed` keep their identity. */
export function simplify(outputs: readonly Node[], fixed: ReadonlySet<Node>): Node[] {
  return ruleSets.reduce<readonly Node[]>(
    (nodes, rules) => new Rewriter(new Interner(fixed), rules).run(nodes),
    outputs,
  ) as Node[];
}

class Interner {
  private readonly known = new Map<string, Node>();
  readonly fixed: ReadonlySet<Node>;

  constructor(fixed: ReadonlySet<Node>) {
    this.fixed = fixed;
  }

  intern(node: Node): Node {
    if (this.fixed.has(node)) return node;
    if (
      node.op === "keep" ||
      node.op === "scan" ||
      node.op === "call" ||
      node.op === "input" ||
      node.op === "buffer"
    )
      return node;
    const value = is(node, "const") && Object.is(node.arg.value, -0) ? "-0" : "";
    const key = `${node.op}${node.dtype}[${node.shape.join()}](${node.src.map((s) => s.id).join()})${JSON.stringify(node.arg)}${value}${is(node, "const") ? String(node.arg.value) : ""}`;
    const old = this.known.get(key);
    if (old) return old;
    this.known.set(key, node);
    return node;
  }
}

class Rewriter {
  private readonly table: Interner;
  private readonly rules: readonly Rule[];
  private readonly done = new Map<Node, Node>();

  constructor(table: Interner, rules: readonly Rule[]) {
    this.table = table;
    this.rules = rules;
  }

  run(outputs: readonly Node[]): Node[] {
    for (const node of sortNodes(outputs)) this.visit(node);
    return outputs.map((o) => this.done.get(o) as Node);
  }

  private visit(node: Node): void {
    if (this.done.has(node)) return;
    if (this.table.fixed.has(node)) {
      this.done.set(node, node);
      return;
    }
    const src = node.src.map((s) => this.done.get(s) as Node);
    const changed = src.some((s, i) => s !== node.src[i]);
    const fresh = changed
      ? makeNode(node.op, src, node.arg as never, node.shape, node.dtype, node.parts)
      : node;
    this.done.set(node, this.settle(fresh));
  }

  /** Apply rules until none fits; what a rule makes is simplified from its sources up. */
  private settle(node: Node): Node {
    const known = this.done.get(node);
    if (known) return known;
    for (const rule of this.rules) {
      const better = rule(node);
      if (better && better !== node) {
        const result = this.run([better])[0] as Node;
        this.done.set(node, result);
        return result;
      }
    }
    const result = this.table.intern(node);
    this.done.set(node, result);
    return result;
  }
}

const constantOf = (node: Node): number | undefined =>
  is(node, "const") ? node.arg.value : undefined;

const transparent: Rule = (node) =>
  node.op === "alias" || node.op === "detach" ? node.src[0] : undefined;

/** A call's own derivative no longer matters: its body takes its place. */
const inlineCall: Rule = (node) => {
  if (!is(node, "part")) return undefined;
  const call = node.src[0] as Node;
  return is(call, "call") ? inline(call.arg.body, call.src)[node.arg.index] : undefined;
};

const identities: Rule = (node) => {
  const [x, y, z] = node.src as [Node, Node, Node];
  if (node.op === "mul") {
    if (constantOf(y) === 1) return x;
    if (constantOf(x) === 1) return y;
  }
  if (node.op === "div" && constantOf(y) === 1) return x;
  if (node.op === "add") {
    // x + 0 is x for every x but −0, and −0 + 0 compares equal to −0.
    if (constantOf(y) === 0) return x;
    if (constantOf(x) === 0) return y;
  }
  if (node.op === "where") {
    if (constantOf(x) === 1) return y;
    if (constantOf(x) === 0) return z;
    if (y === z) return y;
  }
  if (node.op === "neg" && x.op === "neg") return x.src[0];
  return undefined;
};

const nestedMovement: Rule = (node) => {
  const x = node.src[0];
  if (!x) return undefined;
  if (is(node, "permute") && is(x, "permute")) {
    return build.permute(
      x.src[0] as Node,
      node.arg.order.map((a) => x.arg.order[a] as number),
    );
  }
  if (node.op === "reshape" && x.op === "reshape")
    return build.reshape(x.src[0] as Node, node.shape);
  if (node.op === "expand" && x.op === "expand") return build.expand(x.src[0] as Node, node.shape);
  return undefined;
};

/** Two sums in a row are one. */
const nestedReduce: Rule = (node) => {
  const x = node.src[0];
  if (
    !is(node, "reduce") ||
    !x ||
    !is(x, "reduce") ||
    x.arg.kind !== node.arg.kind ||
    x.dtype !== node.dtype
  )
    return undefined;
  const inside = x.src[0] as Node;
  const left = inside.shape.map((_, i) => i).filter((i) => !x.arg.axes.includes(i));
  const axes = [...x.arg.axes, ...node.arg.axes.map((a) => left[a] as number)];
  return build.reduce(inside, node.arg.kind, axes);
};

/** Axes of one element need no reducing. */
const trivialReduce: Rule = (node) => {
  if (!is(node, "reduce")) return undefined;
  const x = node.src[0] as Node;
  const real = node.arg.axes.filter((a) => x.shape[a] !== 1);
  if (real.length === node.arg.axes.length) return undefined;
  return build.reshape(build.reduce(x, node.arg.kind, real), node.shape);
};

/** First largest: the maximum, then the first place that has it, counted from the end. */
const argmaxAsReductions: Rule = (node) => {
  if (!is(node, "argmax")) return undefined;
  const x = node.src[0] as Node;
  const axis = node.arg.axis;
  const length = x.shape[axis] as number;
  const largest = build.expand(build.reduceKeep(x, "max", [axis]), x.shape);
  const hit = build.or(build.equal(x, largest), build.not(build.equal(x, x)));
  const fromEnd = build.sub(build.constant(length - 1, "i32"), build.iota(x.shape, axis));
  const best = build.reduce(build.where(hit, fromEnd, build.constant(0, "i32", x.shape)), "max", [
    axis,
  ]);
  return build.sub(build.constant(length - 1, "i32"), best);
};

/** Products of vectors, and sums over nothing, are cheaper as loops. */
const contractAsReduce: Rule = (node) => {
  if (!is(node, "contract")) return undefined;
  const [a, b] = node.src as [Node, Node];
  const { a: la, b: lb, out } = node.arg;
  const size = (label: number): number =>
    (la.includes(label) ? a.shape[la.indexOf(label)] : b.shape[lb.indexOf(label)]) as number;
  const free = (own: readonly number[], other: readonly number[]) =>
    own.filter((l) => !other.includes(l)).reduce((n, l) => n * size(l), 1);
  const summed = la.filter((l) => !out.includes(l));
  const depth = summed.reduce((n, l) => n * size(l), 1);
  if (free(la, lb) > 1 && free(lb, la) > 1 && depth > 1) return undefined;
  const labels = [...out, ...summed];
  const spread = (x: Node, own: readonly number[]): Node => {
    const order = labels.filter((l) => own.includes(l)).map((l) => own.indexOf(l));
    const shape = labels.map((l) => (own.includes(l) ? size(l) : 1));
    return build.expand(build.reshape(build.permute(x, order), shape), labels.map(size));
  };
  return build.reduce(
    build.mul(spread(a, la), spread(b, lb)),
    "add",
    summed.map((_, i) => out.length + i),
  );
};

/** Writing one element a row is a comparison with the row's index. */
const narrowScatter: Rule = (node) => {
  if (!is(node, "scatter")) return undefined;
  const [target, index, values] = node.src as [Node, Node, Node];
  const axis = node.arg.axis;
  if (index.shape[axis] !== 1) return undefined;
  const hit = build.equal(build.iota(target.shape, axis), build.expand(index, target.shape));
  const put = build.expand(values, target.shape);
  return build.where(hit, node.arg.kind === "add" ? build.add(target, put) : put, target);
};

/**
 * The adjoint of a convolution is a convolution: fold over (position, tap) of a contraction, where
 * one operand has the position and the other the tap, reads the first through a window with the
 * taps reversed.
 */
const foldOfContract: Rule = (node) => {
  if (!is(node, "fold")) return undefined;
  const { axis, length, stride, dilation } = node.arg;
  const product = node.src[0] as Node;
  if (!is(product, "contract")) return undefined;
  const out = [...product.arg.out];
  const [position, tap] = [out[axis] as number, out[axis + 1] as number];
  const size = product.shape[axis + 1] as number;
  let [a, b] = product.src as [Node, Node];
  let [la, lb] = [product.arg.a, product.arg.b];
  if (!la.includes(position)) [a, b, la, lb] = [b, a, lb, la];
  if (!la.includes(position) || lb.includes(position) || la.includes(tap) || !lb.includes(tap))
    return undefined;
  const at = la.indexOf(position);
  const places = a.shape[at] as number;
  const reach = (size - 1) * dilation;
  const spread = (places - 1) * stride + 1;
  const zeros = (n: number): number[] => a.shape.map((_, i) => (i === at ? n : 0));
  const padded = build.pad(a, zeros(reach), zeros(Math.max(0, length - spread)), {
    between: zeros(stride - 1),
  });
  const seen = build.sliceAxis(padded, at, 0, length + reach);
  const windows = build.window(seen, { axis: at, size, stride: 1, dilation });
  const fresh = Math.max(...la, ...lb, ...out) + 1;
  const labels = [...la.slice(0, at), fresh, tap, ...la.slice(at + 1)];
  const reversed = build.flip(b, [lb.indexOf(tap)]);
  return build.contract(windows, labels, reversed, lb, [
    ...out.slice(0, axis),
    fresh,
    ...out.slice(axis + 2),
  ]);
};

function divisorNear(n: number, goal: number, least: number): number {
  let best = 1;
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue;
    for (const x of [d, n / d]) if (x <= goal && x > best) best = x;
  }
  return best >= least ? best : 1;
}

/** A long sum into few numbers has too few rows to share out: sum pieces first. */
const splitReduce: Rule = (node) => {
  if (!is(node, "reduce")) return undefined;
  const x = node.src[0] as Node;
  const rows = sizeOf(node.shape);
  const length = sizeOf(x.shape) / Math.max(1, rows);
  if (rows >= 32 || length < 16384) return undefined;
  const goal = Math.min(256, Math.floor(length / 2048));
  for (const axis of node.arg.axes) {
    const extent = x.shape[axis] as number;
    const pieces = divisorNear(extent, goal, 8);
    if (pieces === 1) continue;
    const shape = [...x.shape.slice(0, axis), pieces, extent / pieces, ...x.shape.slice(axis + 1)];
    const inside = node.arg.axes.map((a) => (a >= axis ? a + 1 : a));
    const partial = build.reduce(build.reshape(x, shape), node.arg.kind, inside);
    const kept = shape.map((_, i) => i).filter((i) => !inside.includes(i));
    return build.reduce(build.keep(partial), node.arg.kind, [kept.indexOf(axis)]);
  }
  return undefined;
};

/** A small product over a long sum: pieces of the sum become a batch, added up afterwards. */
const splitContract: Rule = (node) => {
  if (!is(node, "contract")) return undefined;
  const [a, b] = node.src as [Node, Node];
  const { a: la, b: lb, out } = node.arg;
  const summed = la.filter((l) => !out.includes(l));
  const size = (l: number): number => a.shape[la.indexOf(l)] as number;
  const depth = summed.reduce((n, l) => n * size(l), 1);
  const results = sizeOf(node.shape);
  if (depth < 4096 || (results > 262144 && depth < 16384)) return undefined;
  const goal = Math.max(
    2,
    Math.min(Math.ceil(depth / 1024), Math.floor(4e6 / Math.max(1, results))),
  );
  for (const label of summed) {
    const extent = size(label);
    const pieces = divisorNear(extent, goal, 2);
    if (pieces === 1) continue;
    const fresh = Math.max(...la, ...lb) + 1;
    const cut = (x: Node, own: readonly number[]): [Node, number[]] => {
      const at = own.indexOf(label);
      return [
        build.reshape(x, [
          ...x.shape.slice(0, at),
          pieces,
          extent / pieces,
          ...x.shape.slice(at + 1),
        ]),
        [...own.slice(0, at), fresh, label, ...own.slice(at + 1)],
      ];
    };
    const partial = build.contract(...cut(a, la), ...cut(b, lb), [fresh, ...out]);
    return build.reduce(build.keep(partial), "add", [0]);
  }
  return undefined;
};

/** A part of a product needs only that part of its operands. */
const sliceOfContract: Rule = (node) => {
  const x = node.src[0];
  if (!is(node, "slice") || !x || !is(x, "contract")) return undefined;
  const { start, stop, step } = node.arg;
  const part = (operand: Node, labels: readonly number[]): Node => {
    const at = labels.map((l) => x.arg.out.indexOf(l));
    const read = (list: readonly number[], whole: (size: number) => number): number[] =>
      at.map((i, axis) => (i >= 0 ? (list[i] as number) : whole(operand.shape[axis] as number)));
    return build.slice(operand, {
      start: read(start, () => 0),
      stop: read(stop, (d) => d),
      step: read(step, () => 1),
    });
  };
  const [a, b] = x.src as [Node, Node];
  return build.contract(part(a, x.arg.a), x.arg.a, part(b, x.arg.b), x.arg.b, x.arg.out);
};

/** Some of the windows lie within some of the elements. */
const sliceOfWindow: Rule = (node) => {
  const x = node.src[0];
  if (!is(node, "slice") || !x || !is(x, "window")) return undefined;
  const { axis, size, stride, dilation } = x.arg;
  const { start, stop, step } = node.arg;
  const wholeTaps = start[axis + 1] === 0 && stop[axis + 1] === size && step[axis + 1] === 1;
  if (!wholeTaps || step[axis] !== 1 || (node.shape[axis] as number) === 0) return undefined;
  const source = x.src[0] as Node;
  const first = (start[axis] as number) * stride;
  const last = ((stop[axis] as number) - 1) * stride + (size - 1) * dilation + 1;
  const drop = (list: readonly number[], value: number): number[] => [
    ...list.slice(0, axis),
    value,
    ...list.slice(axis + 2),
  ];
  return build.window(
    build.slice(source, { start: drop(start, first), stop: drop(stop, last), step: drop(step, 1) }),
    x.arg,
  );
};

/** Padding that is cut off again need not be put on. */
const sliceOfPad: Rule = (node) => {
  const x = node.src[0];
  if (!is(node, "slice") || !x || !is(x, "pad")) return undefined;
  const { start, stop, step } = node.arg;
  const { before, after, between, value } = x.arg;
  if (step.some((n) => n !== 1) || node.shape.includes(0)) return undefined;
  const source = x.src[0] as Node;
  // Only axes without gaps are cut; of the source itself, what the slice leaves out at each end.
  const plain = source.shape.map((_, i) => between[i] === 0);
  if (
    source.shape.some((d, i) => !plain[i] && (start[i] !== 0 || stop[i] !== x.shape[i] || d === 0))
  )
    return undefined;
  const from = start.map((s, i) => Math.max(0, s - (before[i] as number)));
  const to = stop.map((s, i) =>
    plain[i]
      ? Math.min(source.shape[i] as number, s - (before[i] as number))
      : (source.shape[i] as number),
  );
  if (to.some((t, i) => t <= (from[i] as number))) return undefined;
  const inner = build.slice(source, { start: from, stop: to, step });
  const front = before.map((n, i) => Math.max(0, n - (start[i] as number)));
  const back = after.map((n, i) => Math.max(0, n - ((x.shape[i] as number) - (stop[i] as number))));
  return build.pad(inner, front, back, { between, value });
};

/** The value at the first largest is the largest. */
const gatherOfArgmax: Rule = (node) => {
  if (!is(node, "gather")) return undefined;
  const [x, index] = node.src as [Node, Node];
  const largest = index.src[0];
  if (!is(index, "reshape") || !largest || !is(largest, "argmax")) return undefined;
  const { axis } = largest.arg;
  if (largest.src[0] !== x || axis !== node.arg.axis || index.shape[axis] !== 1) return undefined;
  return build.reduceKeep(x, "max", [axis]);
};

const always: readonly Rule[] = [
  transparent,
  inlineCall,
  identities,
  nestedMovement,
  trivialReduce,
];

/** First what looks for ops as they were written, then what writes them in other ops. */
const ruleSets: readonly (readonly Rule[])[] = [
  [
    ...always,
    nestedReduce,
    narrowScatter,
    gatherOfArgmax,
    sliceOfContract,
    sliceOfWindow,
    sliceOfPad,
    foldOfContract,
  ],
  [...always, nestedReduce, argmaxAsReductions, contractAsReduce, splitContract, splitReduce],
];

/** Whether a node is a view or arithmetic of an element: read in place rather than stored. */
export const isInline = (node: Node): boolean => {
  const family = ops[node.op].family;
  if (family === "movement" || family === "elementwise") return true;
  return (
    node.op === "const" ||
    node.op === "iota" ||
    node.op === "gather" ||
    node.op === "alias" ||
    node.op === "detach"
  );
};

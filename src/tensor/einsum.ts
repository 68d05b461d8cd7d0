// Einstein summation: any number of operands, contracted pair by pair, each time the pair whose
// result is smallest. Repeated labels are diagonals, "..." stands for any further axes.

import * as ir from "../ir/build.ts";
import { ShapeError } from "../ir/errors.ts";
import type { Node } from "../ir/node.ts";
import { type Shape, showShape } from "../ir/shape.ts";

/** An operand and the label of each axis. */
interface Term {
  readonly node: Node;
  readonly labels: readonly number[];
}

interface Equation {
  readonly terms: readonly (readonly number[])[];
  readonly out: readonly number[];
}

/** Labels of "..." count from here, aligned at the last axis; letters are their code points. */
const dots = 1000;

function parse(equation: string, shapes: readonly Shape[]): Equation {
  const text = equation.replace(/\s+/g, "");
  const [left, right, extra] = text.split("->");
  const parts = (left as string).split(",");
  const bad = extra !== undefined || /[^a-zA-Z.,>-]/.test(text) || /-(?!>)|(?<!-)>/.test(text);
  if (bad || right?.includes(",")) {
    throw new ShapeError(`einsum: "${equation}" is not an equation like "bij,bjk->bik"`);
  }
  if (parts.length !== shapes.length) {
    throw new ShapeError(
      `einsum: "${equation}" names ${parts.length} operands, ${shapes.length} were given`,
    );
  }
  let hidden = 0;
  const terms = parts.map((part, i) => {
    const shape = shapes[i] as Shape;
    const letters = part.replace("...", "");
    const rest = part.includes("...") ? shape.length - letters.length : 0;
    if (
      letters.includes(".") ||
      rest < 0 ||
      (rest === 0 && !part.includes("...") && letters.length !== shape.length)
    ) {
      throw new ShapeError(
        `einsum: "${part}" does not name the ${shape.length} axes of ${showShape(shape)}`,
      );
    }
    hidden = Math.max(hidden, rest);
    return expandDots(part, rest);
  });
  if (right !== undefined) {
    if (right.replace("...", "").includes("."))
      throw new ShapeError(`einsum: "${right}" holds a stray "."`);
    return { terms, out: checkedOut(equation, expandDots(right, hidden), terms) };
  }
  // Without "->": the axes of "...", then the letters that occur once, in order.
  const all = terms.flat();
  const once = [...new Set(all)].filter((l) => l < dots && all.filter((o) => o === l).length === 1);
  return { terms, out: [...expandDots("...", hidden), ...once.sort((a, b) => a - b)] };
}

function expandDots(part: string, rest: number): number[] {
  const at = part.indexOf("...");
  const codes = (letters: string): number[] => [...letters].map((c) => c.charCodeAt(0));
  if (at < 0) return codes(part);
  const middle = Array.from({ length: rest }, (_, i) => dots + rest - i);
  return [...codes(part.slice(0, at)), ...middle, ...codes(part.slice(at + 3))];
}

function checkedOut(
  equation: string,
  out: number[],
  terms: readonly (readonly number[])[],
): number[] {
  for (const label of out) {
    const name = label < dots ? String.fromCharCode(label) : "...";
    if (out.filter((l) => l === label).length > 1) {
      throw new ShapeError(`einsum: "${name}" stands twice in the result of "${equation}"`);
    }
    if (!terms.some((t) => t.includes(label))) {
      throw new ShapeError(`einsum: "${name}" of the result stands in no operand of "${equation}"`);
    }
  }
  return out;
}

/** Equal labels within one operand: only the diagonal counts. */
function withoutRepeats({ node, labels }: Term): Term {
  const twice = labels.findIndex((l, i) => labels.indexOf(l) < i);
  if (twice < 0) return { node, labels };
  const once = labels.indexOf(labels[twice] as number);
  const rest = labels.map((_, i) => i).filter((i) => i !== once && i !== twice);
  const moved = ir.permute(node, [...rest, once, twice]);
  const n = node.shape[once] as number;
  if (n !== node.shape[twice]) {
    throw new ShapeError(
      `einsum: a repeated label names axes of ${n} and ${node.shape[twice]} elements in ${showShape(node.shape)}`,
    );
  }
  const sizes = rest.map((i) => node.shape[i] as number);
  const flat = ir.reshape(moved, [...sizes, n * n]);
  const diagonal = ir.sliceAxis(flat, rest.length, 0, n * n, n + 1);
  return withoutRepeats({
    node: diagonal,
    labels: [...rest.map((i) => labels[i] as number), labels[once] as number],
  });
}

/** Axes of size 1 that another operand has larger are dropped: they broadcast. */
function withoutBroadcasts(term: Term, sizes: ReadonlyMap<number, number>): Term {
  const kept = term.labels.map((l, i) => term.node.shape[i] === sizes.get(l));
  return {
    node: ir.reshape(
      term.node,
      term.node.shape.filter((_, i) => kept[i]),
    ),
    labels: term.labels.filter((_, i) => kept[i]),
  };
}

function sizesOf(equation: string, terms: readonly Term[]): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const { node, labels } of terms) {
    labels.forEach((label, i) => {
      const size = node.shape[i] as number;
      const known = sizes.get(label) ?? 1;
      if (size !== known && size !== 1 && known !== 1) {
        const name = label < dots ? String.fromCharCode(label) : "...";
        throw new ShapeError(
          `einsum: "${name}" of "${equation}" names axes of ${known} and ${size} elements; operands are ${terms.map((t) => showShape(t.node.shape)).join(" and ")}`,
        );
      }
      sizes.set(label, Math.max(known, size));
      if (size === 0 || known === 0) sizes.set(label, 0);
    });
  }
  return sizes;
}

export function einsumNodes(equation: string, operands: readonly Node[]): Node {
  const { terms: labels, out } = parse(
    equation,
    operands.map((o) => o.shape),
  );
  let terms = operands.map((node, i) => withoutRepeats({ node, labels: labels[i] as number[] }));
  const sizes = sizesOf(equation, terms);
  terms = terms.map((t) => withoutBroadcasts(t, sizes));
  const size = (list: readonly number[]): number =>
    list.reduce((n, l) => n * (sizes.get(l) as number), 1);
  while (terms.length > 1) {
    let best: { i: number; j: number; labels: number[]; growth: number } | undefined;
    for (let i = 0; i < terms.length; i++) {
      for (let j = i + 1; j < terms.length; j++) {
        const [a, b] = [terms[i] as Term, terms[j] as Term];
        const needed = new Set([
          ...out,
          ...terms.flatMap((t, k) => (k === i || k === j ? [] : t.labels)),
        ]);
        const joined = [...new Set([...a.labels, ...b.labels])].filter((l) => needed.has(l));
        const growth = size(joined) - size(a.labels) - size(b.labels);
        if (best === undefined || growth < best.growth) best = { i, j, labels: joined, growth };
      }
    }
    const { i, j, labels: joined } = best as NonNullable<typeof best>;
    const [a, b] = [terms[i] as Term, terms[j] as Term];
    // The last contraction lays its axes out as the result wants them.
    const order = terms.length === 2 ? out.filter((l) => joined.includes(l)) : joined;
    const node = ir.contract(a.node, a.labels, b.node, b.labels, order);
    terms = [...terms.filter((_, k) => k !== i && k !== j), { node, labels: order }];
  }
  return arranged(terms[0] as Term, out, sizes);
}

/** What remains, summed over axes that the result lacks and in its order. */
function arranged(
  { node, labels }: Term,
  out: readonly number[],
  sizes: ReadonlyMap<number, number>,
): Node {
  const gone = labels.flatMap((l, i) => (out.includes(l) ? [] : [i]));
  const left = labels.filter((l) => out.includes(l));
  const ordered = ir.permute(
    ir.reduce(node, "add", gone),
    out.filter((l) => left.includes(l)).map((l) => left.indexOf(l)),
  );
  return ir.reshape(
    ordered,
    out.map((l) => (left.includes(l) ? (sizes.get(l) as number) : 1)),
  );
}

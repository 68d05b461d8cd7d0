// A group of the schedule as jobs: reads its points as expressions in the axes of its loops, cutting
// axes until memory can be walked in straight lines, and hands them to the lowering of its kind.

import { CompileError } from "../ir/errors.ts";
import { is, type Node } from "../ir/node.ts";
import type { Target } from "../render/renderer.ts";
import { type Axis, type Index, indexOf, plus, SplitAxis, times } from "./affine.ts";
import { type Expression, Reader, type Reduction } from "./expression.ts";
import { lowerContract } from "./lower-contract.ts";
import { type LoweredJob, lowerLoop, type Result } from "./lower-loop.ts";
import { lowerArgsort, lowerCumsum, lowerScatter } from "./lower-serial.ts";
import { combine, type Domain, type Group, placeIn, splitExtents } from "./schedule.ts";

export interface LoweringContext {
  readonly inputs: ReadonlySet<Node>;
  readonly runtime: ReadonlySet<Node>;
  readonly stored: ReadonlySet<Node>;
  readonly groupOf: ReadonlyMap<Node, Group>;
  readonly target: Target;
  readonly reportCode: (operation: string) => number;
}

/** Jobs that run one after another, and memory that only they use. */
export interface LoweredGroup {
  readonly phases: readonly LoweredJob[];
  readonly temporaries: readonly Node[];
}

/** The axes of a shape, each axis of it as one or several loops. */
interface Grid {
  readonly axes: readonly (readonly Axis[])[];
  /** An index for each axis of the shape. */
  readonly at: readonly Index[];
  flat(which?: (axis: number) => boolean): Axis[];
}

/** Try with the axes as they are; cut where a reshape asks for it, and begin again. */
function withAxes<T>(
  shape: readonly number[],
  make: (reader: (given?: Given) => Reader, grid: (r: Reader) => Grid) => T,
  context: LoweringContext,
  group: Group,
): T {
  let extents: readonly (readonly number[])[] = shape.map((d) => [d]);
  for (let attempt = 0; attempt < 32; attempt++) {
    let axes: readonly (readonly Axis[])[] = [];
    const readerFor = (given?: Given): Reader =>
      new Reader({
        stored: (n) =>
          context.inputs.has(n) || (context.stored.has(n) && context.groupOf.get(n) !== group),
        runtime: (n) => context.runtime.has(n),
        ...(given ? { given } : {}),
      });
    const gridFor = (reader: Reader): Grid => {
      axes = extents.map((parts) => parts.map((d) => reader.space.axis(d)));
      const made = axes;
      return {
        axes: made,
        at: made.map(combine),
        flat: (which = () => true) => made.flatMap((parts, i) => (which(i) ? parts : [])),
      };
    };
    try {
      return make(readerFor, gridFor);
    } catch (error) {
      if (!(error instanceof SplitAxis)) throw error;
      const next = splitExtents(extents, axes, error);
      if (next.every((parts, i) => parts.length === extents[i]?.length))
        throw new CompileError("an axis to split is not of this kernel");
      extents = next;
    }
  }
  throw new CompileError("axes were split too often");
}

type Given = (node: Node, at: readonly Index[]) => Expression | undefined;

export function lowerGroup(group: Group, context: LoweringContext): LoweredGroup {
  const only = (job: LoweredJob | undefined): LoweredGroup => ({
    phases: job ? [job] : [],
    temporaries: [],
  });
  const first = group.points[0] as Node;
  switch (group.kind) {
    case "loop":
      return only(
        is(first, "fold") ? lowerFold(first, group, context) : lowerLoops(group, context),
      );
    case "contract":
      return lowerContraction(first, group, context);
    case "cumsum":
      return only(lowerAlong(first as Node<"cumsum">, group, context));
    case "argsort":
      return only(lowerAlong(first as Node<"argsort">, group, context));
    case "scatter":
      return lowerWrites(first as Node<"scatter">, group, context);
    case "scan":
      throw new CompileError("scan: lowered by the planner");
  }
}

/** A short name for people: what the kernel's points are. */
export function nameOf(points: readonly Node[]): string {
  const words: string[] = [];
  for (const p of points) {
    const word = is(p, "reduce") ? (p.arg.kind === "add" ? "sum" : p.arg.kind) : p.op;
    if (words[words.length - 1] !== word) words.push(word);
  }
  return words.slice(0, 4).join("_");
}

function lowerLoops(group: Group, context: LoweringContext): LoweredJob | undefined {
  const domain: Domain = group.domain ?? { shape: (group.points[0] as Node).shape, inner: [] };
  return withAxes(
    domain.shape,
    (readerFor, gridFor) => {
      const reductions = new Map<Node, Reduction>();
      const reader: Reader = readerFor((n) => {
        const found = reductions.get(n);
        return found && reader.reduced(found);
      });
      const grid = gridFor(reader);
      const inner = grid.flat((i) => domain.inner.includes(i));
      const results: Result[] = [];
      for (const point of group.points) {
        if (is(point, "reduce")) {
          const body = reader.read(point.src[0] as Node, grid.at);
          reductions.set(point, {
            id: point.id,
            node: point,
            kind: point.arg.kind,
            dtype: point.dtype,
            body,
            inner,
          });
        }
      }
      for (const point of group.points) {
        if (!context.stored.has(point)) continue;
        const at = is(point, "reduce")
          ? grid.at.filter((_, i) => !domain.inner.includes(i))
          : placeIn(point.shape, domain, grid.at);
        if (!at) throw new CompileError(`${point.op}: has no place in its kernel's loops`);
        const full =
          domain.inner.length > 0 &&
          at.length === grid.at.length &&
          at.every((x, i) => x === grid.at[i]);
        const reduced = reductions.get(point);
        const value = reduced ? reader.reduced(reduced) : reader.read(point, at);
        results.push({ node: point, value, index: reader.flatten(point.shape, at), full });
      }
      const outer = grid.flat((i) => !domain.inner.includes(i));
      return lowerLoop(
        {
          name: nameOf(group.points),
          outer,
          inner,
          reductions: [...reductions.values()],
          results,
          reportCode: context.reportCode,
        },
        context.target,
      );
    },
    context,
    group,
  );
}

/** A fold: for each element, the taps that reach it. */
function lowerFold(
  fold: Node<"fold">,
  group: Group,
  context: LoweringContext,
): LoweredJob | undefined {
  const { axis, stride, dilation } = fold.arg;
  const source = fold.src[0] as Node;
  const taps = source.shape[axis + 1] as number;
  const span = ((source.shape[axis] as number) - 1) * stride + 1;
  return withAxes(
    fold.shape,
    (readerFor, gridFor) => {
      let reduction: Reduction | undefined;
      const reader: Reader = readerFor((n) =>
        n === fold && reduction ? reader.reduced(reduction) : undefined,
      );
      const grid = gridFor(reader);
      const tap = reader.space.axis(taps, { whole: true });
      const shifted = plus(grid.at[axis] as Index, times(indexOf(tap), -dilation));
      const conditions = [
        { index: shifted, extent: span },
        ...(stride > 1 ? [{ index: shifted, extent: span, multiple: stride }] : []),
      ];
      const place = stride > 1 ? reader.exactQuotient(shifted, stride) : shifted;
      const value = reader.read(source, [
        ...grid.at.slice(0, axis),
        place,
        indexOf(tap),
        ...grid.at.slice(axis + 1),
      ]);
      const body = reader.guard(conditions, value, reader.number(0, fold.dtype));
      reduction = { id: fold.id, node: fold, kind: "add", dtype: fold.dtype, body, inner: [tap] };
      const results: Result[] = [];
      for (const point of group.points) {
        if (!context.stored.has(point)) continue;
        const at = placeIn(point.shape, { shape: fold.shape, inner: [] }, grid.at) as Index[];
        results.push({
          node: point,
          value: point === fold ? reader.reduced(reduction) : reader.read(point, at),
          index: reader.flatten(point.shape, at),
          full: false,
        });
      }
      return lowerLoop(
        {
          name: nameOf(group.points),
          outer: grid.flat(),
          inner: [tap],
          reductions: [reduction],
          results,
          reportCode: context.reportCode,
        },
        context.target,
      );
    },
    context,
    group,
  );
}

function lowerContraction(contract: Node, group: Group, context: LoweringContext): LoweredGroup {
  if (!is(contract, "contract")) throw new CompileError("a contraction was expected");
  const [a, b] = contract.src as [Node, Node];
  const { a: la, b: lb, out } = contract.arg;
  const summed = la.filter((l) => !out.includes(l));
  const sizeOf = (l: number): number => a.shape[la.indexOf(l)] as number;
  const primary = group.points[1] ?? contract;
  const shape = [...primary.shape, ...summed.map(sizeOf)];
  return withAxes(
    shape,
    (readerFor, gridFor) => {
      let seen: readonly Index[] | undefined;
      const reader: Reader = readerFor((n, at) => {
        if (n !== contract) return undefined;
        seen = at;
        return reader.given(contract, domain);
      });
      const grid = gridFor(reader);
      const rank = primary.shape.length;
      const domain = grid.flat((i) => i < rank);
      const at = grid.at.slice(0, rank);
      const results: { node: Node; value: Expression; index: Index }[] = [];
      for (const point of group.points) {
        if (point === contract || !context.stored.has(point)) continue;
        results.push({
          node: point,
          value: reader.read(point, at),
          index: reader.flatten(point.shape, at),
        });
      }
      if (!seen) seen = at;
      const place = seen;
      if (context.stored.has(contract)) {
        results.push({
          node: contract,
          value: reader.given(contract, domain),
          index: reader.flatten(contract.shape, place),
        });
      }
      const positionOf = (l: number): Index =>
        (out.includes(l) ? place[out.indexOf(l)] : grid.at[rank + summed.indexOf(l)]) as Index;
      const classOf = (axis: Axis): "batch" | "a" | "b" => {
        const label = out[place.findIndex((i) => i.terms.some((t) => t.atom === axis))] as number;
        return la.includes(label) ? (lb.includes(label) ? "batch" : "a") : "b";
      };
      const wide = domain.filter((x) => x.extent !== 1);
      const { jobs, temporary } = lowerContract(
        {
          name: nameOf(group.points),
          node: contract,
          a: reader.read(a, la.map(positionOf)),
          b: reader.read(b, lb.map(positionOf)),
          batch: wide.filter((x) => classOf(x) === "batch"),
          freeA: wide.filter((x) => classOf(x) === "a"),
          freeB: wide.filter((x) => classOf(x) === "b"),
          summed: grid.flat((i) => i >= rank),
          results,
          space: reader.space,
          reportCode: context.reportCode,
        },
        context.target,
      );
      return { phases: jobs, temporaries: [temporary] };
    },
    context,
    group,
  );
}

function lowerAlong(
  node: Node<"cumsum"> | Node<"argsort">,
  group: Group,
  context: LoweringContext,
): LoweredJob | undefined {
  return withAxes(
    node.shape,
    (readerFor, gridFor) => {
      const reader = readerFor();
      const grid = gridFor(reader);
      // The axis itself stays whole: it is walked in order.
      const along = reader.space.axis(node.shape[node.arg.axis] as number, { whole: true });
      const at = grid.at.map((x, i) => (i === node.arg.axis ? indexOf(along) : x));
      const shared = {
        name: node.op,
        node,
        rows: grid.flat((i) => i !== node.arg.axis),
        along,
        value: reader.read(node.src[0] as Node, at),
        index: reader.flatten(node.shape, at),
        reportCode: context.reportCode,
      };
      return is(node, "cumsum")
        ? lowerCumsum({ ...shared, reverse: node.arg.reverse }, context.target)
        : lowerArgsort(
            { ...shared, descending: (node as Node<"argsort">).arg.descending },
            context.target,
          );
    },
    context,
    group,
  );
}

/** The target copied, then the writes. */
function lowerWrites(node: Node<"scatter">, group: Group, context: LoweringContext): LoweredGroup {
  const [target, index, values] = node.src as [Node, Node, Node];
  const axis = node.arg.axis;
  const copy = withAxes(
    node.shape,
    (readerFor, gridFor) => {
      const reader = readerFor();
      const grid = gridFor(reader);
      const results = [
        {
          node,
          value: reader.read(target, grid.at),
          index: reader.flatten(node.shape, grid.at),
          full: false,
        },
      ];
      return lowerLoop(
        {
          name: "scatter copy",
          outer: grid.flat(),
          inner: [],
          reductions: [],
          results,
          reportCode: context.reportCode,
        },
        context.target,
      );
    },
    context,
    group,
  );
  const writes = withAxes(
    index.shape,
    (readerFor, gridFor) => {
      const reader = readerFor();
      const grid = gridFor(reader);
      const along = reader.space.axis(index.shape[axis] as number, { whole: true });
      const at = grid.at.map((x, i) => (i === axis ? indexOf(along) : x));
      const place = reader.flatten(
        node.shape,
        grid.at.map((x, i) => (i === axis ? { terms: [], constant: 0 } : x)),
      );
      const step = node.shape.slice(axis + 1).reduce((n, d) => n * d, 1);
      return lowerScatter(
        {
          name: "scatter",
          node,
          rows: grid.flat((i) => i !== axis),
          along,
          found: reader.checked(reader.read(index, at), node.shape[axis] as number, "scatter"),
          value: reader.read(values, at),
          index: place,
          step,
          kind: node.arg.kind,
          reportCode: context.reportCode,
        },
        context.target,
      );
    },
    context,
    group,
  );
  return { phases: [copy, writes].filter((j) => j !== undefined), temporaries: [] };
}

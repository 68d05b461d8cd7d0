// The batching rules of scan and call: their bodies are batched.

import { call, constant, input, mul, permute, reduce, scan } from "../ir/build.ts";
import type { Node } from "../ir/node.ts";
import type { CallRule } from "../ir/op.ts";
import type { BatchNodes, StandIn } from "./batching.ts";
import type { Source } from "./batching-rules.ts";
import { bodyFrom } from "./bodies.ts";
import { applyRule } from "./call.ts";
import { derivativeType } from "./operands.ts";

/** Inputs of a batched body, and what its outputs become. */
function batchBody(
  { inputs, outputs }: { inputs: readonly Node[]; outputs: readonly Node[] },
  isBatched: readonly boolean[],
  size: number,
  batchNodes: BatchNodes,
): { seeds: Node[]; results: StandIn[] } {
  const seeds = inputs.map((x, i) =>
    isBatched[i] ? input(i, [size, ...x.shape], x.dtype) : input(i, x.shape, x.dtype),
  );
  const standIns = new Map(
    inputs.map((x, i) => [x, { node: seeds[i] as Node, batched: isBatched[i] ?? false }]),
  );
  return { seeds, results: batchNodes(outputs, standIns, size) };
}

const swapFirst = (x: Node): Node =>
  permute(
    x,
    x.shape.map((_, i) => (i < 2 ? 1 - i : i)),
  );

/** A carry has the batch if its first value has, or if the body gives it one. Stacked: time, then batch. */
export function batchScan(
  node: Node<"scan">,
  src: readonly Source[],
  size: number,
  batchNodes: BatchNodes,
  lift: (x: StandIn) => Node,
): StandIn[] {
  const { body, carries, stacked } = node.arg;
  const isBatched = src.map((s) => s.batched);
  let inner = batchBody(body, isBatched, size, batchNodes);
  for (;;) {
    const grown = isBatched.flatMap((known, i) =>
      i < carries && !known && inner.results[i]?.batched ? [i] : [],
    );
    if (grown.length === 0) break;
    for (const i of grown) isBatched[i] = true;
    inner = batchBody(body, isBatched, size, batchNodes);
  }
  const { seeds, results } = inner;
  const closed = bodyFrom(
    seeds,
    results.map((r, i) => (i < carries && isBatched[i] ? lift(r) : r.node)),
  );
  const sources = src.map((s, i) => {
    if (i < carries) return isBatched[i] ? lift(s) : s.node;
    return i < carries + stacked && s.batched ? swapFirst(s.node) : s.node;
  });
  const parts = scan({ ...node.arg, body: closed.body }, [...sources, ...closed.captured]);
  return parts.map((p, i) => {
    if (i < carries) return { node: p, batched: isBatched[i] as boolean };
    const { batched } = results[i] as StandIn;
    return { node: batched ? swapFirst(p) : p, batched };
  });
}

/**
 * Every result has the batch. A custom rule is batched when it is asked: it is run on one example,
 * and its answer is batched with what stood for the nodes of that example (`around`: also those that
 * the rule captured).
 */
export function batchCall(
  node: Node<"call">,
  src: readonly Source[],
  size: number,
  around: ReadonlyMap<Node, StandIn>,
  batchNodes: BatchNodes,
  lift: (x: StandIn) => Node,
): StandIn[] {
  const isBatched = src.map((s) => s.batched);
  const { seeds, results } = batchBody(node.arg.body, isBatched, size, batchNodes);
  const { body, captured } = bodyFrom(seeds, results.map(lift));

  const rule: CallRule = (sources, outcomes, gradients) => {
    const exampleOf = (x: Node): Node => input(0, x.shape, x.dtype);
    const examples = node.src.map(exampleOf);
    const ofResults = node.arg.body.outputs.map(exampleOf);
    const ofGradients = node.arg.body.outputs.map((x) =>
      input(0, x.shape, derivativeType(x.dtype)),
    );
    const standIns = new Map(around);
    const stand = (
      list: readonly Node[],
      by: readonly Node[],
      has: (i: number) => boolean,
    ): void => {
      list.forEach((x, i) => {
        standIns.set(x, { node: by[i] as Node, batched: has(i) });
      });
    };
    stand(examples, sources, (i) => isBatched[i] as boolean);
    stand(ofResults, outcomes, () => true);
    stand(ofGradients, gradients, () => true);

    const slopes = applyRule(node, examples, ofResults, ofGradients);
    const there = [...slopes.keys()].filter((i) => slopes[i]);
    const answers = batchNodes(
      there.map((i) => slopes[i] as Node),
      standIns,
      size,
    );
    return slopes.map((_, i) => {
      const answer = answers[there.indexOf(i)];
      if (!answer) return null;
      if (isBatched[i]) return lift(answer);
      // One source for all examples: the sum of their gradients.
      if (answer.batched) return reduce(answer.node, "add", [0]);
      return mul(answer.node, constant(size, answer.node.dtype));
    });
  };
  const arg = node.arg.kind === "custom" ? { ...node.arg, body, rule } : { ...node.arg, body };
  const parts = call(arg, [...src.map((s) => s.node), ...captured]);
  return parts.map((p) => ({ node: p, batched: true }));
}

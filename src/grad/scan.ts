// The reverse rule of scan: another scan, over the same steps the other way round.
//
// The body is differentiated once. What its derivative needs of the forward pass (residuals) becomes
// further stacked outputs of the forward scan, which is emitted again with them; ir/merge-scans.ts
// makes one of the two. The reverse scan carries the gradients of the carries; it reads residuals,
// inputs and the gradients of the stacked outputs, and stacks the gradients of the inputs. Those of
// constants are summed by scan-sums.ts. All are ordinary scans, so it can be differentiated again.
//
// With `checkpoint` the only residuals are the carries: each step of the reverse scan runs the body
// again. Memory for one carry a step, time for one more forward pass.

import { add, input, scan } from "../ir/build.ts";
import { type Node, sortNodes } from "../ir/node.ts";
import type { ScanRule } from "../ir/op.ts";
import type { StandIn } from "./batching.ts";
import { bodyFrom } from "./bodies.ts";
import { derivativeType, zeros } from "./operands.ts";
import { activeInputs, residuals } from "./scan-residuals.ts";
import { planSums, sumOverSteps } from "./scan-sums.ts";

/**
 * Gradients of the sources of a scan.
 *
 * @param node       the scan
 * @param gradients  of its parts; null for a part nobody differentiates
 * @param wanted     which sources need a gradient
 * @param backward   the walk to use on the body
 * @returns          one a source, null where nothing flows
 */
export const scanBackward: ScanRule = (node, gradients, wanted, backward) => {
  const { body, carries, stacked, length, reverse, checkpoint, loop } = node.arg;
  const { active, reached } = activeInputs(node.arg, wanted);
  const isCarry = (i: number): boolean => i < carries;
  const isStacked = (i: number): boolean => i >= carries && i < carries + stacked;

  // Differentiate the body: from its carries and the stacked outputs that have a gradient.
  const from = [...body.outputs.keys()].filter((i) =>
    isCarry(i) ? active[i] : gradients[i] && reached.has(body.outputs[i] as Node),
  );
  const seeds = from.map((i) => {
    const { shape, dtype } = body.outputs[i] as Node;
    return input(i, shape, derivativeType(dtype));
  });
  const to = [...body.inputs.keys()].filter((i) => active[i]);
  const slopes = backward(
    from.map((i) => body.outputs[i] as Node),
    seeds,
    to.map((i) => body.inputs[i] as Node),
  );
  const slopeOf = (i: number): Node | null => slopes[to.indexOf(i)] ?? null;

  // Carries always have a gradient to hand on; inputs and constants only where one flows.
  const [carried, rows, constants] = [
    to.filter(isCarry),
    to.filter((i) => isStacked(i) && slopeOf(i)),
    to.filter((i) => !isCarry(i) && !isStacked(i) && slopeOf(i)),
  ];
  const slopesOf = (list: readonly number[]): Node[] => list.map((i) => slopeOf(i) as Node);
  const onward = carried.map((i) => slopeOf(i) ?? zeros(body.inputs[i] as Node));
  const read = residuals(node.arg, [...onward, ...slopesOf(rows), ...slopesOf(constants)], seeds);

  // Gradients of constants: summed at the end where that is cheaper, else carried as running sums.
  const plan = checkpoint
    ? { late: constants.map(() => false), factors: [] }
    : planSums(slopesOf(constants), read);
  const late = constants.filter((_, k) => plan.late[k]);
  const running = constants.filter((_, k) => !plan.late[k]);
  const sums = running.map((i) => {
    const { shape, dtype } = body.inputs[i] as Node;
    return input(i, shape, derivativeType(dtype));
  });
  const seedOf = (i: number): Node => seeds[from.indexOf(i)] as Node;
  const seededRows = from.filter((i) => !isCarry(i));
  const given = new Set(seededRows.map(seedOf));
  const factors = plan.factors.filter((f) => !given.has(f));
  const results = [
    ...onward,
    ...running.map((i, k) => add(sums[k] as Node, slopeOf(i) as Node)),
    ...slopesOf(rows),
    ...factors,
  ];

  // Pairs: a node of the body, and where the reverse scan gets it from.
  const outputs = [...body.outputs, ...read.stored];
  const again =
    read.stored.length > 0
      ? scan({ ...node.arg, body: { inputs: body.inputs, outputs } }, node.src).slice(
          body.outputs.length,
        )
      : [];
  const sourceOf = (x: Node): Node => node.src[body.inputs.indexOf(x)] as Node;
  const perStep: Pair[] = [
    ...read.stored.map((x, k): Pair => [x, again[k] as Node]),
    ...read.rows.map((x): Pair => [x, sourceOf(x)]),
    ...seededRows.map((i): Pair => [seedOf(i), gradients[i] as Node]),
  ];
  const inAll = read.constants.map((x): Pair => [x, sourceOf(x)]);
  const inside = new Set(sortNodes(results, read.isStored));
  const used = (pairs: readonly Pair[]): Pair[] => pairs.filter(([x]) => inside.has(x));
  const begin = [
    ...carried.map((i): Pair => [seedOf(i), gradients[i] ?? zeros(body.outputs[i] as Node)]),
    ...running.map((i, k): Pair => [sums[k] as Node, zeros(body.inputs[i] as Node)]),
  ];
  const pairs = [...begin, ...used(perStep), ...used(inAll)];
  const inner = bodyFrom(
    pairs.map(([x]) => x),
    results,
  );
  const parts = scan(
    {
      body: inner.body,
      carries: begin.length,
      stacked: used(perStep).length,
      length,
      reverse: !reverse,
      rule: scanBackward,
      ...(loop ? { loop } : {}),
      ...(checkpoint ? { checkpoint } : {}),
    },
    [...pairs.map(([, source]) => source), ...inner.captured],
  );

  const order = [...carried, ...running, ...rows];
  const standIns = new Map<Node, StandIn>([
    ...perStep.map(([x, node]): [Node, StandIn] => [x, { node, batched: true }]),
    ...inAll.map(([x, node]): [Node, StandIn] => [x, { node, batched: false }]),
    ...factors.map((f, k): [Node, StandIn] => [
      f,
      { node: parts[order.length + k] as Node, batched: true },
    ]),
  ]);
  return node.src.map((_, i) =>
    late.includes(i)
      ? sumOverSteps(slopeOf(i) as Node, standIns, length)
      : (parts[order.indexOf(i)] ?? null),
  );
};

/** A node of the forward or reverse body, and the node outside that gives its value. */
type Pair = readonly [Node, Node];

// Groups that are alike are lowered once. Networks repeat themselves: the blocks of a transformer, the
// update of each weight. Such groups read and compute the same way over sizes that are the same, and
// differ only in which tensors and numbers of the launch they take; so the second one gets the jobs of
// the first with its own in their place.

import { makeNode, type Node, sortNodes } from "../../ir/node.ts";
import { argumentKey } from "../argument-key.ts";
import type { LaunchNumber } from "../launch-arguments.ts";
import type { Group } from "../schedule/group.ts";
import { lowerGroup } from "./lower-group.ts";
import type { LoweredJob } from "./lowered-job.ts";
import type { LoweringContext } from "./lowering-context.ts";

interface Known {
  readonly jobs: readonly LoweredJob[];
  /** Its nodes, in the order in which a group alike has its own. */
  readonly nodes: readonly Node[];
}

export class KnownGroups {
  readonly #known = new Map<string, Known>();

  /** The jobs of a group; none where there is nothing to do. */
  lower(group: Group, context: LoweringContext): readonly LoweredJob[] {
    const { key, nodes } = describe(group, context);
    const alike = this.#known.get(key);
    if (alike) return transferred(alike, nodes);
    const jobs = lowerGroup(group, context);
    this.#known.set(key, { jobs, nodes });
    return jobs;
  }
}

/** All that lowering sees of a group, but for which nodes they are. */
function describe(group: Group, context: LoweringContext): { key: string; nodes: Node[] } {
  const isStored = (n: Node): boolean =>
    context.inputs.has(n) || (context.stored.has(n) && context.groupOf.get(n) !== group);
  const nodes = sortNodes(group.points, (n) => isStored(n) || context.runtime.has(n));
  const at = new Map<Node, number>();
  const words: string[] = [];
  for (const node of nodes) {
    const what = isStored(node)
      ? `${context.hoisting?.lasting.has(node) ? "lasting " : ""}memory`
      : context.runtime.has(node)
        ? "number"
        : `${node.op}(${node.src.map((s) => at.get(s)).join()})${argumentKey(node)}`;
    words.push(`${what} ${node.dtype}[${node.shape.join()}]`);
    at.set(node, at.size);
  }
  for (const point of group.points) {
    words.push(`${context.stored.has(point) ? "stored" : "point"} ${at.get(point)}`);
  }
  const { shape = [], inner = [] } = group.domain ?? {};
  words.push(`${group.kind} ${group.domain !== undefined}[${shape.join()}][${inner.join()}]`);
  return { key: words.join("\n"), nodes };
}

/** The jobs of a group for the nodes of another. */
function transferred({ jobs, nodes }: Known, own: readonly Node[]): LoweredJob[] {
  const places = new Map(nodes.map((node, i) => [node, own[i] as Node]));
  const to = (node: Node): Node => {
    let place = places.get(node);
    if (place === undefined) {
      // Memory from one job to the next, which lowering made up.
      place = makeNode(node.op, [], node.arg, node.shape, node.dtype);
      places.set(node, place);
    }
    return place;
  };
  const numberOf = (n: LaunchNumber): LaunchNumber =>
    typeof n === "number" ? n : { node: to(n.node) };
  const keyed = <T>(map: ReadonlyMap<Node, T>): Map<Node, T> =>
    new Map([...map].map(([node, value]) => [to(node), value]));
  return jobs.map((job) => ({
    ...job,
    uses: job.uses.map(({ source, offset }) => ({ source: to(source), offset })),
    floats: job.floats.map(numberOf),
    reads: keyed(job.reads),
    writes: keyed(job.writes),
  }));
}

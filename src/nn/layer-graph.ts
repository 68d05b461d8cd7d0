// Layers in a directed acyclic graph: each names where its input comes from. In a row it is what
// Sequential is, a Markov chain in which x⁽ˡ⁺¹⁾ depends on x⁽ˡ⁾ alone; with links that skip layers it
// no longer is.

import { ArgumentError } from "../ir/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** A layer of one or several inputs. */
export type JoiningStep =
  | { forward(...inputs: Tensor[]): Tensor }
  | ((...inputs: Tensor[]) => Tensor);

/** A layer, and the names of what it is given, in order; "input" is the input of the network. */
export interface GraphNode {
  readonly layer: JoiningStep;
  readonly from: string | readonly string[];
}

const inputName = "input";

/**
 * A network whose layers may feed any later one.
 *
 * @source  seed 004 §Kernel Networks (MLP): links from l to l + 2 are allowed and break the chain
 * @example
 * const skip = new LayerGraph({
 *   hidden: { layer: new nn.Linear(3, 3), from: "input" },
 *   sum: { layer: (h, x) => h.add(x), from: ["hidden", "input"] },
 * });
 * skip.forward(ones([2, 3])).shape; // [2, 3]
 */
export class LayerGraph extends Module {
  /** State-dict names are "nodes.<name>.layer.…". */
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /** The name of the layer whose output is the network's. */
  readonly output: string;
  /** Names in an order in which each layer comes after all that feed it. */
  readonly order: readonly string[];

  /**
   * @param nodes    layers by name
   * @param options  output: default the last one listed
   * @throws ArgumentError  a name is not there, or nodes feed each other in a circle
   */
  constructor(nodes: Readonly<Record<string, GraphNode>>, { output }: { output?: string } = {}) {
    super();
    const names = Object.keys(nodes);
    this.nodes = nodes;
    this.output = output ?? (names.at(-1) as string);
    this.order = inOrder(nodes);
    if (!names.includes(this.output)) {
      throw new ArgumentError(
        `LayerGraph: there is no layer "${this.output}" to give the output; there are ${names.join(", ")}`,
      );
    }
  }

  /** What the layer called `output` makes of x. @param x  what the layers fed by "input" take */
  forward(x: Tensor): Tensor {
    const values: Record<string, Tensor> = { [inputName]: x };
    for (const name of this.order) {
      const { layer, from } = this.nodes[name] as GraphNode;
      const inputs = sourcesOf(from).map((source) => values[source] as Tensor);
      values[name] = typeof layer === "function" ? layer(...inputs) : layer.forward(...inputs);
    }
    return values[this.output] as Tensor;
  }
}

const sourcesOf = (from: string | readonly string[]): readonly string[] =>
  typeof from === "string" ? [from] : from;

function inOrder(nodes: Readonly<Record<string, GraphNode>>): string[] {
  if (Object.hasOwn(nodes, inputName)) {
    throw new ArgumentError(
      `LayerGraph: "${inputName}" is the input; call the layer something else`,
    );
  }
  const done: string[] = [];
  const open = new Set<string>();
  const visit = (name: string, wantedBy: string): void => {
    if (name === inputName || done.includes(name)) return;
    const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
    if (node === undefined) {
      const known = [inputName, ...Object.keys(nodes)].join(", ");
      throw new ArgumentError(
        `LayerGraph: of the nodes "${wantedBy}" is fed by "${name}"; there are ${known}`,
      );
    }
    if (open.has(name)) {
      const circle = [...open].slice([...open].indexOf(name));
      throw new ArgumentError(
        `LayerGraph: nodes feed each other: ${[...circle, name].join(" → ")}`,
      );
    }
    open.add(name);
    for (const source of sourcesOf(node.from)) visit(source, name);
    open.delete(name);
    done.push(name);
  };
  for (const name of Object.keys(nodes)) visit(name, name);
  return done;
}

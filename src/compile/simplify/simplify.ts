// Graph to smaller graph, before anything is scheduled: equal nodes become one, structure that only
// matters to derivatives goes, and ops are put in the form the schedule handles best. All rules keep
// values (sums may be grouped otherwise, by shape alone).

import type { Node } from "../../ir/node.ts";
import type { Optimization } from "../../ir/optimizations.ts";
import {
  contractAsReduce,
  foldOfContract,
  permuteOfContract,
  sliceOfContract,
  splitContract,
  windowsAsReduce,
} from "./contractions.ts";
import { nothing } from "./empty.ts";
import { identities, inlineCall, transparent } from "./identities.ts";
import { gatherOfArgmax, narrowScatter } from "./indexing.ts";
import { nestedMovement, sliceOfPad, sliceOfWindow } from "./movement.ts";
import { argmaxAsReductions, nestedReduce, splitReduce, trivialReduce } from "./reductions.ts";
import { Rewriter, type Rule } from "./rewriter.ts";

const always: readonly Rule[] = [
  nothing,
  transparent,
  inlineCall,
  identities,
  nestedMovement,
  trivialReduce,
  nestedReduce,
];

const optional: ReadonlyMap<Rule, Optimization> = new Map([
  [foldOfContract, "windowAdjoints"],
  [splitContract, "splitSums"],
  [splitReduce, "splitSums"],
]);

/** First what looks for ops as they were written, then what writes them in other ops. */
const ruleSets: readonly (readonly Rule[])[] = [
  [
    ...always,
    narrowScatter,
    gatherOfArgmax,
    sliceOfContract,
    sliceOfWindow,
    sliceOfPad,
    foldOfContract,
  ],
  [
    ...always,
    argmaxAsReductions,
    permuteOfContract,
    contractAsReduce,
    windowsAsReduce,
    splitContract,
    splitReduce,
  ],
];

/** The outputs again, in simplest form. Nodes in `fixed` keep their identity. */
export function simplify(
  outputs: readonly Node[],
  fixed: ReadonlySet<Node>,
  without: ReadonlySet<Optimization>,
): readonly Node[] {
  const isOn = (rule: Rule): boolean =>
    rule === windowsAsReduce
      ? without.has("directConvolution")
      : !without.has(optional.get(rule) as Optimization);
  return ruleSets.reduce(
    (nodes, rules) => new Rewriter(rules.filter(isOn), fixed).run(nodes),
    outputs,
  );
}

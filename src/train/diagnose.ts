// Why a step went wrong: the batch, then the model, then the step itself, written down anew and
// computed operation by operation until something is no longer a number.

import { withCells } from "../tensor/engine.ts";
import { gradients } from "../tensor/gradients.ts";
import { finiteness, firstNonFinite, type NonFinite } from "../tensor/non-finite.ts";
import { flatten, treeLeaves } from "../tensor/tree.ts";
import { cellsOf, forwardPass, type Task } from "./step.ts";

/**
 * One clause on where the first NaN or infinity of a step came from. Cells stay as they are.
 *
 * @param batch  the one whose step gave a loss or gradients that are not finite
 */
export async function diagnose<B>(task: Task<B>, batch: B): Promise<string> {
  for (const [what, tree] of Object.entries({ batch, model: task.model })) {
    const { leaves, paths } = flatten(tree);
    for (const [i, leaf] of leaves.entries()) {
      const state = await finiteness(leaf);
      if (state === "finite") continue;
      const name = paths[i] === "" ? "" : ` "${paths[i]}"`;
      return `the ${what} already has ${state} in${name || " it"}`;
    }
  }
  // Assignments of the forward pass, such as running statistics, must not last.
  const inside = <T>(work: () => T): T =>
    withCells(
      cellsOf(task.model).map((cell) => [cell, cell.snapshot()] as const),
      work,
    );
  const found = await inside(() =>
    firstNonFinite(
      () => [forwardPass(task, batch).value],
      ([loss]) => treeLeaves(gradients(loss as never, task.model)),
    ),
  );
  if (found.length === 0) return "computed one by one, all operations give finite numbers";
  return found.map(clause).join(", and ");
}

function clause({ value, operation, within, line, shape, isGradient }: NonFinite): string {
  // Behind the forward pass is the loop, not the computation.
  const loop = within.indexOf(forwardPass.name);
  const around = within.slice(0, loop < 0 ? 2 : Math.min(2, loop)).map((name) => ` in ${name}`);
  const place = line === undefined ? "" : ` at ${line}`;
  const what = isGradient ? `${operation} in the gradient` : operation;
  return `the first ${value} came out of ${what} [${shape.join(", ")}]${around.join("")}${place}`;
}

// Cells: the values that change. A Tensor never does; a Parameter (trained) or a State (running
// statistics, optimiser slots, a step count, a learning rate) is set with assign. An operation uses
// the cell's value at its line, inside a compiled function and outside.

import { forget } from "../engine/realize.ts";
import { cast, expand } from "../ir/build.ts";
import type { DType } from "../ir/dtype.ts";
import type { Node } from "../ir/node.ts";
import { operand } from "./base.ts";
import { computeStep, Slot, type Version } from "./slot.ts";
import { Tensor } from "./tensor.ts";
import { assignCell, currentScope, readCell } from "./trace.ts";

/** A tensor whose value can be set. */
export abstract class Cell extends Tensor {
  /** Not for users: what the cell holds. */
  readonly slot: Slot;

  constructor(value: Tensor) {
    super(undefined);
    this.slot = new Slot(value.node);
  }

  /** The value at this line. */
  override get node(): Node {
    return readCell(this.slot);
  }

  override get shape(): readonly number[] {
    return this.slot.shape;
  }

  override get dtype(): DType {
    return this.slot.dtype;
  }

  /** The value now, as a tensor that later assignments do not change. */
  snapshot(): Tensor {
    return this.wrap(this.node);
  }

  /**
   * Sets the value for later lines. What was computed from the old value keeps it.
   *
   * @param value  of the cell's shape and type; a number fills a cell of any shape
   * @throws ShapeError, DTypeError  the value does not fit
   */
  assign(value: Tensor | number): void {
    assignCell(this.slot, valueFor(this, value));
  }

  /** A cell lives as long as its owner: nothing is freed. */
  override dispose(): void {}
}

function valueFor(cell: Cell, value: Tensor | number): Node {
  const node = operand(value, cell.dtype);
  if (typeof value !== "number" && value.weak === undefined) return node;
  return expand(cast(node, cell.dtype), cell.shape);
}

/** A cell that is trained: gradients are taken with respect to it. */
export class Parameter extends Cell {
  /** Whether it is trained; false freezes it. */
  requiresGrad = true;
}

/** A cell that is not trained but belongs to what a model remembers. */
export class State extends Cell {}

/**
 * A cell's value for what only its next commit computes: nobody keeps it nor anything made of it, so
 * that the commit may write the new value over it. Inside a compiled function the cell itself.
 */
export const lend = (cell: Cell): Tensor =>
  currentScope() === undefined ? new Tensor(cell.slot.node) : cell;

/** Losses whose gradients were taken by cells, since the last commit: a step computes them too. */
let losses: { readonly node: Node; readonly by: ReadonlySet<Slot> }[] = [];
/** A loss that no step follows is not held for ever. */
const mostLosses = 8;

/** Note what a gradient was taken of, and by which cells. */
export function noteLoss(node: Node, by: ReadonlySet<Slot>): void {
  if (currentScope() !== undefined || by.size === 0) return;
  losses.push({ node, by });
  if (losses.length > mostLosses) losses.shift();
}

/**
 * Sets several cells at once: what an optimiser's step does.
 *
 * Outside a compiled function everything is computed now, in one program: the values, pending
 * values of other cells, the loss whose gradients were taken, and `also`. All cells change or, if
 * anything throws, none. Inside a compiled function it only assigns.
 *
 * @param cells   what to set, each once
 * @param values  one a cell
 * @param also    what else to compute in the same program
 * @throws IndexError  an index out of range went into what was to be computed
 */
export function commit(
  cells: readonly Cell[],
  values: readonly (Tensor | number)[],
  also: readonly Tensor[] = [],
): void {
  const nodes = cells.map((cell, i) => valueFor(cell, values[i] as Tensor | number));
  for (const [i, cell] of cells.entries()) cell.slot.check(nodes[i] as Node);
  if (currentScope() !== undefined) {
    for (const [i, cell] of cells.entries()) assignCell(cell.slot, nodes[i] as Node);
    return;
  }
  const before = cells.map((cell) => cell.slot.version());
  const noted = losses.filter(({ by }) => cells.some((cell) => by.has(cell.slot)));
  losses = losses.filter((loss) => !noted.includes(loss));
  try {
    for (const [i, cell] of cells.entries()) cell.slot.assign(nodes[i] as Node, { later: true });
    computeStep(
      cells.map((cell) => cell.slot),
      [...noted.map(({ node }) => node), ...also.map((t) => t.node)],
    );
    // Their gradients are taken and their cells have changed: the old values can go.
    for (const { node } of noted) forget(node);
  } catch (error) {
    for (const [i, cell] of cells.entries()) {
      cell.slot.restore(before[i] as Version);
    }
    throw error;
  }
}

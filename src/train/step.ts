// One step of training as one program: forward, loss, gradients, update, metrics. The update counts
// only if loss and gradient norm are finite; otherwise every cell keeps the value it had before,
// chosen inside the program, so that nothing is lost by a NaN.

import { ShapeError } from "../ir/errors.ts";
import { globalNorm } from "../optim/clip.ts";
import { Cell } from "../tensor/cell.ts";
import { compile } from "../tensor/compile.ts";
import { type ExplainedProgram, realize, withCancellation } from "../tensor/engine.ts";
import { gradients } from "../tensor/gradients.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type CellTree, isRecord, treeLeaves } from "../tensor/tree.ts";
import type { Metric } from "./metrics.ts";

/** A model: cells by name, and a function of its input. */
export interface Model extends CellTree {
  forward(input: Tensor): Tensor;
  train?(): unknown;
  eval?(): unknown;
}

/** An optimiser: cells by name, and an update from gradients keyed like the model's state dict. */
export interface Updater extends CellTree {
  step(gradients: never): void;
  /** What a function gives with the parameters where gradients are to be taken. Default: where they are */
  lookingAhead?<T>(work: () => T): T;
}

/** What a batch is to a model: its input and what should come out. */
export type ExampleOf<B> = (batch: B) => readonly [input: Tensor, target: Tensor];

/** [] from output and target. */
export type Loss = (output: Tensor, target: Tensor) => Tensor;

export interface Task<B> {
  readonly model: Model;
  readonly example: ExampleOf<B>;
  readonly loss: Loss;
  readonly metrics: { readonly [name: string]: Metric };
}

export interface StepResult {
  readonly loss: Tensor;
  readonly gradientNorm: Tensor;
  /** Whether the update was made. */
  readonly finite: Tensor;
  readonly metrics: { readonly [name: string]: Tensor };
  /** Learning rate of this step, where the optimiser tells. */
  readonly lr: Tensor | undefined;
  readonly examples: number;
}

export interface CompiledStep<B, R> {
  (batch: B): R;
  explain(): ExplainedProgram | undefined;
}

/** Input and target of a batch that says no more: its two tensors, in order. */
export function usualExample(batch: unknown): readonly [Tensor, Tensor] {
  const parts = Array.isArray(batch) ? batch : isRecord(batch) ? Object.values(batch) : [];
  if (parts.length === 2 && parts.every((part) => part instanceof Tensor)) {
    return parts as [Tensor, Tensor];
  }
  throw new ShapeError(
    "fit: a batch is not a pair of tensors; say what is input and target with example: (batch) => [input, target]",
  );
}

/** Loss and metrics of a batch. */
export function forwardPass<B>(
  { model, example, loss, metrics }: Task<B>,
  batch: B,
): { value: Tensor; measured: Record<string, Tensor>; examples: number } {
  const [input, target] = example(batch);
  const output = model.forward(input);
  const value = loss(output, target);
  const measured: Record<string, Tensor> = {};
  for (const [name, metric] of Object.entries(metrics)) measured[name] = metric(output, target);
  return { value, measured, examples: input.shape[0] ?? 1 };
}

/** A step of training as one compiled program. */
export function trainingStep<B>(
  task: Task<B>,
  optimizer: Updater,
  clip: (slopes: unknown) => unknown,
): CompiledStep<B, StepResult> {
  return compile(function step(batch: B): StepResult {
    // Before the forward pass: it may assign running statistics.
    const before = cellsOf(task.model, optimizer).map((cell) => [cell, cell.snapshot()] as const);
    const pass = () => {
      const forward = forwardPass(task, batch);
      return { ...forward, slopes: gradients(forward.value, task.model) };
    };
    const {
      value: loss,
      measured: metrics,
      examples,
      slopes,
    } = optimizer.lookingAhead?.(pass) ?? pass();
    const gradientNorm = globalNorm(slopes);
    const finite = loss.isFinite().logicalAnd(gradientNorm.isFinite());
    const { lr } = optimizer as { lr?: unknown };
    optimizer.step(clip(slopes) as never);
    for (const [cell, old] of before) {
      const now = cell.snapshot();
      if (now.node !== old.node) cell.assign(now.where(finite, old));
    }
    const rate = lr instanceof Tensor ? lr : undefined;
    return { loss, gradientNorm, finite, metrics, lr: rate, examples };
  }) as unknown as CompiledStep<B, StepResult>;
}

/**
 * Waits for a step under a signal; whether it was made. One that was not has changed nothing; one
 * that the signal came too late for was made all the same.
 */
export async function wasMade(
  { loss }: StepResult,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (signal === undefined) return true;
  try {
    await withCancellation(signal, () => realize(loss));
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  try {
    await realize(loss);
    return true;
  } catch (error) {
    if (error === signal.reason) return false;
    throw error;
  }
}

/** Loss and metrics of a batch as one compiled program. */
export function evaluationStep<B>(
  task: Task<B>,
): CompiledStep<B, { measures: Record<string, Tensor>; examples: number }> {
  return compile(function evaluation(batch: B) {
    const { value, measured, examples } = forwardPass(task, batch);
    return { measures: { loss: value, ...measured }, examples };
  }) as never;
}

/** The cells of several trees, each once. */
export function cellsOf(...trees: readonly unknown[]): Cell[] {
  const cells = new Set<Cell>();
  for (const leaf of treeLeaves(trees)) if (leaf instanceof Cell) cells.add(leaf);
  return [...cells];
}

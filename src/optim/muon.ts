// Muon: momentum whose singular values are all made about 1, so that a step of a matrix moves every
// direction as far. For the matrices of hidden layers; vectors, embeddings and heads go to AdamW.

import { ShapeError } from "../ir/errors.ts";
import { showShape } from "../nn/shape.ts";
import { requireOneOf, requireWhole } from "../tensor/requirements.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Rate } from "./group.ts";
import { type GroupOptions, Optimizer, type UpdateContext, type Updated } from "./optimizer.ts";
import { withDefaults } from "./settings.ts";

interface Settings {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly coefficients: readonly [number, number, number];
  readonly iterations: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly adjust: "original" | "matchRmsAdamW";
  readonly maximize: boolean;
}

/** Options of Muon. */
export interface MuonOptions extends Partial<Settings> {
  /** η. Default 1e-3. */
  lr?: Rate;
  /** μ: how slowly the momentum changes, in [0, 1). Default 0.95. */
  momentum?: number;
  /** Whether the gradient counts once more. Default true. */
  nesterov?: boolean;
  /** a, b, c of the polynomial that is applied to the singular values. Default [3.4445, −4.775, 2.0315]. */
  coefficients?: readonly [number, number, number];
  /** How often. Default 5. */
  iterations?: number;
  /** The least norm that is divided by. Default 1e-7. */
  eps?: number;
  /** λ: p shrinks by λ·η first. Default 0.1. */
  weightDecay?: number;
  /** η·√max(1, rows/columns), or 0.2·η·√max(rows, columns), as large as AdamW's steps. Default "original". */
  adjust?: "original" | "matchRmsAdamW";
  /** Climb instead. Default false. */
  maximize?: boolean;
  /** Other options for some parameters. */
  groups?: readonly GroupOptions<MuonOptions>[];
}

/**
 * b ← μ·b + (1 − μ)·g; X ← (1 − μ)·g + μ·b, X ← X/‖X‖, then X ← a·X + (b·XXᵀ + c·(XXᵀ)²)·X a few times;
 * p ← (1 − λ·η)·p − η′·X.
 *
 * The iteration runs in the type of p; PyTorch's in bf16, so that its numbers are these to two digits.
 *
 * State of a parameter: `momentum`, [shape of p], units of g.
 *
 * @throws ShapeError  a parameter is no matrix
 * @cost    a step: iterations·(2·n²·m + n³) products of a matrix [n, m], n ≤ m
 * @source  Jordan et al. 2024, Muon: An Optimizer for Hidden Layers in Neural Networks; Liu et al. 2025,
 *   Muon is Scalable for LLM Training, §2.2. arXiv:2502.16982
 * @example
 * const w = new Parameter(tensor([[1, 2], [3, 4]]));
 * const optimizer = new Muon([w], { lr: 0.02 });
 * optimizer.step(gradients(w.square().sum(), [w]));
 */
export class Muon extends Optimizer<Settings> {
  constructor(parameters: unknown, { lr = 1e-3, groups, ...options }: MuonOptions = {}) {
    const standard: Settings = {
      momentum: 0.95,
      nesterov: true,
      coefficients: [3.4445, -4.775, 2.0315],
      iterations: 5,
      eps: 1e-7,
      weightDecay: 0.1,
      adjust: "original",
      maximize: false,
    };
    const settings = withDefaults(standard, options);
    requireWhole("Muon", { iterations: settings.iterations }, { from: 1 });
    requireOneOf("Muon", { adjust: settings.adjust }, ["original", "matchRmsAdamW"]);
    super(parameters, { lr, groups, settings });
  }

  protected override slotNames(_: Settings, shape: readonly number[]): readonly string[] {
    if (shape.length === 2) return ["momentum"];
    throw new ShapeError(
      `Muon: parameters must be matrices, not ${showShape(shape)}; give the others to another method, as AdamW`,
    );
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    { lr, options }: UpdateContext<Settings>,
  ): Updated {
    const { momentum, nesterov, weightDecay, adjust, maximize } = options;
    const d = maximize ? g.neg() : g;
    const mixed = (old: Tensor, share: number): Tensor => old.mul(share).add(d.mul(1 - share));
    const next = mixed(slots.momentum as Tensor, momentum);
    const x = orthogonalized(nesterov ? mixed(next, momentum) : next, options);
    const [rows, columns] = p.shape as [number, number];
    const scale =
      adjust === "original"
        ? Math.sqrt(Math.max(1, rows / columns))
        : 0.2 * Math.sqrt(Math.max(rows, columns));
    const shrunk = p.mul(lr.mul(-weightDecay).add(1));
    return { p: shrunk.sub(x.mul(lr.mul(scale))), state: { momentum: next } };
  }
}

/** About U·Vᵀ of g = U·Σ·Vᵀ. */
function orthogonalized(g: Tensor, { coefficients, iterations, eps }: Settings): Tensor {
  const [a, b, c] = coefficients;
  const [rows, columns] = g.shape as [number, number];
  const isTall = rows > columns;
  let x = isTall ? g.T : g;
  x = x.div(x.norm().clamp(eps));
  for (let i = 0; i < iterations; i++) {
    const gram = x.matmul(x.T);
    x = x.mul(a).add(gram.mul(b).add(gram.matmul(gram).mul(c)).matmul(x));
  }
  return isTall ? x.T : x;
}

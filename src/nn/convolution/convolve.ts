// Convolution as mathematics has it, with the kernel flipped, and cross-correlation, which does not
// flip it. Layers cross-correlate and learn the flipped kernel. Seed 003 §Discrete convolutions,
// §Cross-correlation; seed 002 §2.4 (9.4)–(9.6). Where seed 003 shifts h and 002 shifts the signal,
// this is 002's form, NumPy's and that of layers; 003's is correlate(h, f).

import { ShapeError } from "../../ir/errors.ts";
import { conv1d, conv2d, conv3d } from "../../tensor/convolution.ts";
import { requireOneOf } from "../../tensor/requirements.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { showShape } from "../shape.ts";

/**
 * Which results there are, of n values and a kernel of k, along each axis:
 * "full": all n + k − 1 where the two overlap; "same": n of them, about the middle; "valid": the
 * n − k + 1 where the kernel lies inside; "circular": n, the signal going on periodically.
 */
export type ConvolveMode = "full" | "same" | "valid" | "circular";

/** Options of convolve. */
export interface ConvolveOptions {
  /** Default "full". */
  mode?: ConvolveMode;
}

/**
 * (f ∗ h)[u] = Σ_t f[t]·h[u − t], over one, two or three axes.
 *
 * Commutative in mode "full"; a shift of f shifts the result (in mode "circular" exactly).
 *
 * @param f  a signal of one to three axes
 * @param h  a kernel of as many
 * @param options  mode
 * @returns  along an axis of n values and a kernel of k: n + k − 1, or as the mode says
 * @throws ShapeError  the axes are not as many, or the kernel is larger than the signal needs to be
 * @source  seed 003 §Discrete convolutions; seed 002 (9.4), (9.5)
 * @example
 * convolve(tensor([1, 2, 3]), tensor([0, 1, 0.5])); // [0, 1, 2.5, 4, 1.5]
 */
export function convolve(f: Tensor, h: Tensor, { mode = "full" }: ConvolveOptions = {}): Tensor {
  requireOneOf("convolve", { mode }, modes);
  const widths = h.shape.map((k) => edges(mode, k));
  return slide("convolve", f, h.flip(), widths, mode);
}

/**
 * (f ⋆ h)[u] = Σ_t f[u + t]·h[t], over one, two or three axes.
 *
 * convolve(f, h) = correlate(f, h flipped). In mode "full" u runs from −(k − 1).
 *
 * @param f  a signal of one to three axes
 * @param h  a kernel of as many
 * @param options  mode
 * @throws ShapeError  the axes are not as many, or the kernel is larger than the signal needs to be
 * @source  seed 002 (9.6); seed 003 §Cross-correlation, with f and h changed about
 * @example
 * correlate(tensor([1, 2, 3]), tensor([0, 1, 0.5]), { mode: "valid" }); // [3.5]
 */
export function correlate(f: Tensor, h: Tensor, { mode = "full" }: ConvolveOptions = {}): Tensor {
  requireOneOf("correlate", { mode }, modes);
  // The flipped kernel of a periodic convolution looks back; this one looks ahead.
  const widths = h.shape.map((k) => (mode === "circular" ? ([0, k - 1] as const) : edges(mode, k)));
  return slide("correlate", f, h, widths, mode);
}

const modes: readonly ConvolveMode[] = ["full", "same", "valid", "circular"];

/** What convolve puts before and after a signal, for a kernel of k. */
function edges(mode: ConvolveMode, k: number): readonly [number, number] {
  if (mode === "valid") return [0, 0];
  // The middle of n + k − 1 results begins after ⌊(k − 1)/2⌋, so as many fewer zeros are needed.
  if (mode === "same") return [Math.ceil((k - 1) / 2), Math.floor((k - 1) / 2)];
  return mode === "circular" ? [k - 1, 0] : [k - 1, k - 1];
}

function slide(
  operation: string,
  f: Tensor,
  kernel: Tensor,
  widths: readonly (readonly [number, number])[],
  mode: ConvolveMode,
): Tensor {
  const rank = f.rank;
  const along = [undefined, conv1d, conv2d, conv3d][rank];
  if (along === undefined || kernel.rank !== rank) {
    throw new ShapeError(
      `${operation}: takes a signal of one to three axes and a kernel of as many, not ${showShape(f.shape)} and ${showShape(kernel.shape)}`,
    );
  }
  const needed = mode === "valid" || mode === "circular";
  if (needed && kernel.shape.some((k, i) => k > (f.shape[i] as number))) {
    throw new ShapeError(
      `${operation}: in mode "${mode}" a kernel of ${showShape(kernel.shape)} must not be larger than the signal of ${showShape(f.shape)}`,
    );
  }
  const padded = f.pad(widths, { mode: mode === "circular" ? "circular" : "constant" });
  const single = [1, 1];
  return along(
    padded.reshape([...single, ...padded.shape]),
    kernel.reshape([...single, ...kernel.shape]),
  ).reshape(padded.shape.map((n, i) => n - (kernel.shape[i] as number) + 1));
}

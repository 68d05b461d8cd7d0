// Pictures of simple shapes, generated: enough for small versions of networks to learn from.

import { tensor } from "../../src/tensor/create.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Numbers in [0, 1) from a seed: a multiplicative generator. */
function uniform(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface Pictures {
  /** [count, channels, size, size], about −1 … 1 */
  readonly images: Tensor;
  /** u8 [count]: 0 stripes across, 1 stripes down, 2 a disc */
  readonly labels: Tensor;
}

/** Stripes across, stripes down and discs, at any place, with noise. */
export function pictures(
  count: number,
  size: number,
  { channels = 1, seed = 1 }: { channels?: number; seed?: number } = {},
): Pictures {
  const next = uniform(seed);
  const images = new Float32Array(count * channels * size * size);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const kind = n % 3;
    labels[n] = kind;
    const phase = next() * 2 * Math.PI;
    const [row, column] = [(0.3 + 0.4 * next()) * size, (0.3 + 0.4 * next()) * size];
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const stripes = Math.sin(phase + ((kind === 0 ? i : j) * 2 * Math.PI * 3) / size);
        const disc = Math.hypot(i - row, j - column) < size / 4 ? 1 : -1;
        const value = (kind === 2 ? disc : stripes) + 0.3 * (next() - 0.5);
        for (let c = 0; c < channels; c++) {
          images[((n * channels + c) * size + i) * size + j] = value;
        }
      }
    }
  }
  return {
    images: tensor(images, { shape: [count, channels, size, size] }),
    labels: tensor(labels),
  };
}

export interface Segmented {
  /** [count, 1, size, size] */
  readonly images: Tensor;
  /** u8 [count, size, size]: 1 inside a shape */
  readonly masks: Tensor;
}

/** Discs and boxes, brighter or darker than a background that varies, and what belongs to them. */
export function segmented(count: number, size: number, seed = 1): Segmented {
  const next = uniform(seed);
  const images = new Float32Array(count * size * size);
  const masks = new Uint8Array(count * size * size);
  for (let n = 0; n < count; n++) {
    const shapes = Array.from({ length: 2 }, () => ({
      row: (0.2 + 0.6 * next()) * size,
      column: (0.2 + 0.6 * next()) * size,
      radius: (0.1 + 0.12 * next()) * size,
      round: next() < 0.5,
    }));
    const slope = next() - 0.5;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const inside = shapes.some(({ row, column, radius, round }) => {
          const [y, x] = [Math.abs(i - row), Math.abs(j - column)];
          return round ? Math.hypot(y, x) < radius : Math.max(y, x) < radius;
        });
        const at = (n * size + i) * size + j;
        masks[at] = inside ? 1 : 0;
        images[at] = (inside ? 0.8 : -0.2) + (slope * i) / size + 0.5 * (next() - 0.5);
      }
    }
  }
  return {
    images: tensor(images, { shape: [count, 1, size, size] }),
    masks: tensor(masks, { shape: [count, size, size] }),
  };
}

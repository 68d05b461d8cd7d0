// What the compiler does for speed alone. Each can be turned off, to find a fault or to see what it
// earns; a program means the same without, and its sums keep their order but for splitSums and winograd.

const optimizations = [
  /** Ops that share loops share a kernel. */
  "fusion",
  /** Kernels over the same leading axes run one after another on a strip, and store less. */
  "strips",
  /** Several elements at a time. */
  "vectors",
  /** Long sums into few numbers are cut into pieces. */
  "splitSums",
  /** The adjoint of a convolution is read as a convolution. */
  "windowAdjoints",
  /** Windows over an image are multiplied where the image lies. */
  "directConvolution",
  /** Kernels of 3 × 3 and 5 × 5 over many channels: fewer products, of transformed tiles, which round more. */
  "winograd",
  /** What several passes over a row need is computed once. */
  "keptRows",
  /** What a product will need is asked for while it multiplies. */
  "prefetch",
  /** What a loop would copy alike in each turn is copied before it. */
  "hoisting",
  /** Values that are never needed at once share memory. */
  "sharedMemory",
  /** A new version of a cell is written over the old one. */
  "inPlace",
] as const;

export type Optimization = (typeof optimizations)[number];

export const allOptimizations: readonly Optimization[] = optimizations;

/**
 * The optimizations that a list turns off: "-fusion -vectors", or "-all".
 *
 * @throws RangeError  a word is not a minus with an optimization's name
 */
export function optimizationsOff(list: string): ReadonlySet<Optimization> {
  const off = new Set<Optimization>();
  for (const word of list.split(/[\s,]+/).filter(Boolean)) {
    const name = optimizations.find((n) => word === `-${n}`);
    if (name) off.add(name);
    else if (word === "-all") for (const n of optimizations) off.add(n);
    else throw new RangeError(`"${word}" is none of -${["all", ...optimizations].join(" -")}`);
  }
  return off;
}

// A result of the literature that is trained anew here, from fixed seeds, and measured on the whole
// test split.

/** What a run found. */
export interface Finding {
  readonly ours: number;
  /** Further numbers that belong to it, by name. */
  readonly details?: Readonly<Record<string, number>>;
  /** What else must be so, each in words, and whether it was. */
  readonly holds?: Readonly<Record<string, boolean>>;
}

export interface Reproduction {
  /** What it is called on the command line. */
  readonly name: string;
  /** The model, its data and how it is trained, in one line. */
  readonly about: string;
  /** What is measured, with its unit. */
  readonly metric: string;
  /** As published; words where it was said rather than measured. */
  readonly published: number | string;
  /** Where that was published. */
  readonly source: string;
  /** The bound that what is measured here must keep. */
  readonly bound: { readonly least: number } | { readonly most: number };
  /** @param say  told how far it is */
  readonly run: (say: (line: string) => void) => Promise<Finding>;
}

/** Whether a number keeps the bound. */
export const isReached = (ours: number, bound: Reproduction["bound"]): boolean =>
  "least" in bound ? ours >= bound.least : ours <= bound.most;

/** Rounded to so many digits after the point, as the literature gives it. */
export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

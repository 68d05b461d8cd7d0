// The leading axis: the first of a shape, as a rule a batch. Kernels are written so that its size is
// a number of the launch: nothing that shapes a program may ask how long it is (0 and 1 aside, which
// are seen in the shape), so that a new batch size never calls a compiler. Where a choice needs a
// length, the leading axis counts as long.

/** The first axis of more than one element; −1 if there is none. */
export const leadingAxis = (shape: readonly number[]): number => shape.findIndex((d) => d !== 1);

/** From here on a sum over axes after the leading one is worth a kernel of its own. */
export const longSum = 64;

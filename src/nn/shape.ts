// Shapes in messages and the small questions that layers ask about them.

/** A shape as messages show it: [2, 3]. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** Whether two shapes are equal. */
export const equalShapes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** How many elements a shape holds. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

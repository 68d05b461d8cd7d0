// How a cost grows: the exponent p of the power law that fits it best, least squares between logarithms.

/** A size and the cost at it, both above zero. */
export interface Point {
  readonly size: number;
  readonly cost: number;
}

/**
 * The p of cost ≈ c·sizeᵖ: the slope of the line through (log size, log cost).
 *
 * @returns NaN of fewer than two sizes
 */
export function fittedExponent(points: readonly Point[]): number {
  const xs = points.map(({ size }) => Math.log(size));
  const ys = points.map(({ cost }) => Math.log(cost));
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  let [product, square] = [0, 0];
  xs.forEach((x, i) => {
    product += (x - x0) * ((ys[i] as number) - y0);
    square += (x - x0) ** 2;
  });
  return square === 0 ? NaN : product / square;
}

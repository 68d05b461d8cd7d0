// Gradient flow: descent without steps, x' = −∇f(x). Gradient descent is its simplest integration, by
// Euler; here it is integrated well, to compare.

import { ArgumentError } from "../ir/errors.ts";
import { grad } from "../tensor/derivatives.ts";
import { requireWithin } from "../tensor/requirements.ts";
import { scan } from "../tensor/scan.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * The solution of x' = −∇f(x) at equal times, by the classical Runge–Kutta method.
 *
 * @param f        gives [] from x
 * @param start    x at time 0, [...]
 * @param options  time: how far; steps: into how many parts it is cut
 * @returns        [steps + 1, …]: the start and after each part; an error of O((time/steps)⁴)
 * @cost    4 gradients a step
 * @source  seed 003 §Gradient Descent and Optimization Theory
 * @example
 * gradientFlow((x) => x.square().sum(), tensor([1], { dtype: "f64" }), { time: 0.5, steps: 100 }).at(-1); // [1/e]
 */
export function gradientFlow(
  f: (x: Tensor) => Tensor,
  start: Tensor,
  { time, steps }: { time: number; steps: number },
): Tensor {
  requireWithin("gradientFlow", { time }, { from: 0 });
  if (!Number.isInteger(steps) || steps < 1) {
    throw new ArgumentError(`gradientFlow: steps must be a whole number from 1, not ${steps}`);
  }
  const h = time / steps;
  const slope = grad(f);
  const down = (x: Tensor): Tensor => slope(x).neg();
  const [, path] = scan(
    (x: Tensor) => {
      const k1 = down(x);
      const k2 = down(x.add(k1.mul(h / 2)));
      const k3 = down(x.add(k2.mul(h / 2)));
      const k4 = down(x.add(k3.mul(h)));
      const next = x.add(
        k1
          .add(k2.add(k3).mul(2))
          .add(k4)
          .mul(h / 6),
      );
      return [next, next] as const;
    },
    start,
    { length: steps },
  );
  return start
    .unsqueeze(0)
    .pad([[0, steps], ...start.shape.map(() => [0, 0] as const)])
    .add(path.pad([[1, 0], ...start.shape.map(() => [0, 0] as const)]));
}

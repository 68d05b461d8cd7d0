// A step length that is long enough and not too long: the loss falls by a share of what the slope
// promises, and the slope has flattened (the strong Wolfe conditions). An interval that holds such a
// step is looked for first, then narrowed, with the minimum of the cubic through both its ends.

/** Where along the direction, the loss there, its gradient, and the slope along the direction. */
export interface LinePoint {
  readonly t: number;
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly slope: number;
}

/** Share of the promised fall that is enough. */
const enough = 1e-4;
/** Share of the first slope that may be left. */
const flat = 0.9;
const mostTries = 25;

/**
 * A point that meets the strong Wolfe conditions, or the lowest found in 25 tries.
 *
 * @param at     evaluates the loss at t along the direction
 * @param start  the point at t = 0
 * @param first  the t to try first
 * @param width  the direction's largest component
 * @param least  an interval along which no element moves by more is not narrowed
 * @source  Nocedal and Wright 2006, Numerical Optimization, algorithms 3.5 and 3.6, with PyTorch's
 *   safeguards, so that the steps are its steps
 */
export async function strongWolfe(
  at: (t: number) => Promise<LinePoint>,
  start: LinePoint,
  first: number,
  { width, least }: { width: number; least: number },
): Promise<{ readonly point: LinePoint; readonly tries: number }> {
  const isTooHigh = (p: LinePoint): boolean => p.loss > start.loss + enough * p.t * start.slope;
  const isFlat = (p: LinePoint): boolean => Math.abs(p.slope) <= -flat * start.slope;

  // Grow until an interval holds a step that will do.
  let before = start;
  let point = await at(first);
  let tries = 1;
  let extensions = 0;
  let bracket: [LinePoint, LinePoint] | undefined;
  while (extensions < mostTries) {
    if (isTooHigh(point) || (extensions > 1 && point.loss >= before.loss)) {
      bracket = [before, point];
      break;
    }
    if (isFlat(point)) return { point, tries };
    if (point.slope >= 0) {
      bracket = [before, point];
      break;
    }
    const next = cubicMinimum(before, point, [point.t + 0.01 * (point.t - before.t), point.t * 10]);
    before = point;
    point = await at(next);
    tries++;
    extensions++;
  }
  bracket ??= [start, point];

  // Narrow it, keeping the lower end.
  let [low, high] = ordered(bracket);
  let isStuck = false;
  for (; extensions < mostTries; extensions++) {
    if (Math.abs(high.t - low.t) * width < least) break;
    const [left, right] = low.t < high.t ? [low.t, high.t] : [high.t, low.t];
    let t = cubicMinimum(low, high, [left, right]);
    // Too near an end, twice in a row or beyond it: a tenth of the interval away from it.
    const margin = 0.1 * (right - left);
    if (Math.min(right - t, t - left) < margin) {
      if (isStuck || t >= right || t <= left) {
        t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin;
        isStuck = false;
      } else isStuck = true;
    } else isStuck = false;
    const tried = await at(t);
    tries++;
    if (isTooHigh(tried) || tried.loss >= low.loss) {
      [low, high] = ordered([low, tried]);
      continue;
    }
    if (isFlat(tried)) return { point: tried, tries };
    if (tried.slope * (high.t - low.t) >= 0) high = low;
    low = tried;
  }
  return { point: low, tries };
}

const ordered = ([a, b]: readonly [LinePoint, LinePoint]): [LinePoint, LinePoint] =>
  a.loss <= b.loss ? [a, b] : [b, a];

/** Where the cubic with these values and slopes is least, kept between the bounds; else their middle. */
function cubicMinimum(
  p: LinePoint,
  q: LinePoint,
  [least, most]: readonly [number, number],
): number {
  const [a, b] = p.t <= q.t ? [p, q] : [q, p];
  const d = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const root = Math.sqrt(square);
  const t = b.t - (b.t - a.t) * ((b.slope + root - d) / (b.slope - a.slope + 2 * root));
  return Math.min(Math.max(t, least), most);
}

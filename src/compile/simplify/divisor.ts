// Into how many equal pieces to cut.

/** The largest divisor of `n` up to `goal`; 1 if that is below `least`. */
export function divisorNear(n: number, goal: number, least: number): number {
  let best = 1;
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue;
    for (const x of [d, n / d]) if (x <= goal && x > best) best = x;
  }
  return best >= least ? best : 1;
}

// Axes of the report's charts: where a value lies on the page, and which values get a line.

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly logarithmic: boolean;
  /** Values to mark, ascending, within the range. */
  readonly ticks: readonly number[];
}

/** Where x lies between the ends of the scale: 0 at low or below, 1 at high or above. */
export function positionOf(scale: Scale, x: number): number {
  const { low, high, logarithmic } = scale;
  const place = logarithmic ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low);
  return Math.min(1, Math.max(0, place));
}

/** A scale between round values just outside two others, with about `count` steps. */
export function linearScale(low: number, high: number, count: number): Scale {
  const least = Math.max(1e-9 * Math.max(Math.abs(low), Math.abs(high)), 1e-12);
  const step = niceStep(Math.max(high - low || Math.abs(high), least) / count);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  const ticks: number[] = [];
  for (let i = first; i <= last; i++) ticks.push(Number((i * step).toPrecision(12)));
  return {
    low: ticks[0] as number,
    high: ticks[ticks.length - 1] as number,
    logarithmic: false,
    ticks,
  };
}

/**
 * A logarithmic scale with marks at 1, 2 and 5 of each power of ten, or at 1 if there are many.
 * It spans eight powers or a little more at most.
 */
export function logarithmicScale(least: number, high: number): Scale {
  const low = Math.max(least, high / 1e8);
  const decades = Math.log10(high / low);
  const leads = decades > 5 ? [1] : decades > 2.5 ? [1, 3] : [1, 2, 5];
  const marks: number[] = [];
  for (
    let power = Math.floor(Math.log10(low)) - 1;
    power <= Math.ceil(Math.log10(high)) + 1;
    power++
  ) {
    for (const lead of leads) marks.push(Number((lead * 10 ** power).toPrecision(3)));
  }
  const below = marks.filter((mark) => mark <= low * 1.000001).pop() ?? low;
  const above = marks.find((mark) => mark >= high * 0.999999 && mark > below) ?? high;
  const ticks = marks.filter((mark) => mark >= below && mark <= above);
  return { low: below, high: above, logarithmic: true, ticks };
}

/** The least of 1, 2, 2.5, 5, 10 times a power of ten that is at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = [1, 2, 2.5, 5, 10].find((l) => l * power >= rough * 0.999999) ?? 10;
  return lead * power;
}

// One number of a 16-bit format and its bits: f16 (IEEE 754 binary16) and bf16 (the upper half of
// an f32). Writing rounds to nearest, ties to even; too large becomes infinity; NaN stays NaN.

export type Half = "f16" | "bf16";

/** Fraction bits, and the exponent of the smallest normal number. */
const formats = {
  f16: { fraction: 10, smallest: -14 },
  bf16: { fraction: 7, smallest: -126 },
} as const;

/** The number that 16 bits stand for; exact. */
export function halfFromBits(bits: number, format: Half): number {
  const { fraction, smallest } = formats[format];
  const sign = bits & 0x8000 ? -1 : 1;
  const steps = bits & (2 ** fraction - 1);
  const exponent = (bits & 0x7fff) >> fraction;
  if (exponent === 0) return sign * steps * 2 ** (smallest - fraction);
  if (exponent === 1 - 2 * smallest + 2) return steps === 0 ? sign * Infinity : NaN;
  return sign * (2 ** fraction + steps) * 2 ** (exponent - 1 + smallest - fraction);
}

/** The nearest 16 bits of a number. */
export function halfToBits(value: number, format: Half): number {
  const { fraction, smallest } = formats[format];
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const infinity = (3 - 2 * smallest) * 2 ** fraction;
  if (Number.isNaN(value)) return sign | infinity | (2 ** (fraction - 1));
  const size = Math.abs(value);
  if (size === Infinity) return sign | infinity;
  let exponent = Math.max(smallest, Math.floor(Math.log2(size)));
  // log2 may be one off next to a power of two.
  if (2 ** exponent > size && exponent > smallest) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  // A full significand carries into the exponent, and a denormal has exponent bits 0, by themselves.
  const steps = roundToEven(size / 2 ** (exponent - fraction));
  return sign | Math.min(infinity, (exponent - smallest) * 2 ** fraction + steps);
}

function roundToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

// The two 16-bit floating-point formats as raw bits, to and from f32.
//
// f16 (IEEE 754 binary16) has 5 exponent and 10 fraction bits, bf16 is the upper half of an f32.
// Narrowing rounds to nearest, ties to even; NaN stays NaN with its sign; too large is infinity.

/** f32 values of f16 bits; exact. */
export function f16ToF32(halves: Uint16Array): Float32Array {
  const result = new Float32Array(halves.length);
  const bits = new Uint32Array(result.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] as number;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 31) bits[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) bits[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else result[i] = (sign ? -fraction : fraction) * 2 ** -24; // zero and denormals
    if ((half & 0x7fff) === 0) bits[i] = sign;
  }
  return result;
}

/** f16 bits of f32 values, rounded to nearest even; beyond ±65,520 is ±infinity. */
export function f32ToF16(values: Float32Array): Uint16Array {
  const result = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const word = bits[i] as number;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      // Keep the payload's upper bits and set the quiet bit, so that NaN cannot become infinity.
      result[i] = sign | 0x7e00 | ((magnitude >> 13) & 0x3ff);
    } else if (magnitude >= 0x477ff000) {
      result[i] = sign | 0x7c00;
    } else if (magnitude >= 0x38800000) {
      result[i] = sign | roundShift(magnitude - (112 << 23), 13);
    } else if (magnitude >= 0x33000000) {
      // A denormal: the full fraction, shifted until its unit is 2^-24.
      const fraction = (magnitude & 0x7fffff) | 0x800000;
      result[i] = sign | roundShift(fraction, 126 - (magnitude >> 23));
    } else {
      result[i] = sign;
    }
  }
  return result;
}

/** f32 values of bf16 bits; exact. */
export function bf16ToF32(halves: Uint16Array): Float32Array {
  const bits = Uint32Array.from(halves, (half) => half << 16);
  return new Float32Array(bits.buffer);
}

/** bf16 bits of f32 values, rounded to nearest even. */
export function f32ToBf16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (word) =>
    (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : roundShift(word, 16),
  );
}

/** value / 2^shift to the nearest integer, ties to even. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const cut = value - kept * 2 ** shift;
  const half = 2 ** (shift - 1);
  return cut > half || (cut === half && kept % 2 === 1) ? kept + 1 : kept;
}

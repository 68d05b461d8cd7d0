// Random arrays of every element type, for round trips.

import fc from "fast-check";
import type { ArrayData, ArrayType } from "../../src/io/array-data.ts";
import { allocate } from "../../src/io/element.ts";

const allTypes: ArrayType[] = ["f32", "f64", "i32", "u32", "u8", "bool", "f16", "bf16", "i8"];

/** Arrays of up to four axes, some of them empty, with random bits. */
export function anyArray(types: readonly ArrayType[] = allTypes): fc.Arbitrary<ArrayData> {
  return fc
    .record({
      dtype: fc.constantFrom(...types),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      bits: fc.uint8Array({ minLength: 2048, maxLength: 2048 }),
    })
    .map(({ dtype, shape, bits }) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const data = allocate(dtype, count);
      const bytes = new Uint8Array(data.buffer);
      bytes.set(bits.subarray(0, bytes.length));
      if (dtype === "bool") for (let i = 0; i < count; i++) data[i] = (data[i] as number) & 1;
      return { shape, dtype, data };
    });
}

/** The raw bytes, so that NaN payloads and the sign of zero count. */
export function bits(array: ArrayData): Uint8Array {
  const { data } = array;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

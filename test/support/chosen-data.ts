// Numbers that break kernels: special values of every type, as literals and as input buffers, and the
// comparison of results in which NaN is NaN whatever its bits.

import type { DType } from "../../src/ir/dtype.ts";
import { bytesOf } from "../../src/ir/dtype.ts";
import type { Register } from "../../src/ir/kernel.ts";
import { toBrain, toHalf } from "./exact-numbers.ts";

/** One input and one output buffer of each memory type; inputs first. */
export const memories: readonly DType[] = [
  "f32",
  "f64",
  "i32",
  "u32",
  "u8",
  "bool",
  "f16",
  "bf16",
  "i8",
];
/** Elements of each input; any index below this is safe to load. */
export const inputElements = 512;
const floats = [
  0,
  -0,
  1,
  -1,
  0.5,
  2.5,
  -3.7,
  1e-40,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  3e9,
  1e38,
  Infinity,
  -Infinity,
  NaN,
];
const integers = [0, 1, -1, 2, 7, -3, 31, 32, 255, 2147483647, -2147483648, 65537];
export const literals: Record<Register, readonly number[]> = {
  f32: floats,
  f64: [...floats, 1e-310, 1e300],
  i32: integers,
  u32: integers.map((x) => x >>> 0),
  bool: [0, 1],
  index: [0, 1, 5],
};

/** The input buffers: every special value, then numbers from a fixed generator. */
export function randomInputs(seed: number): Uint8Array[] {
  let state = seed >>> 0 || 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return memories.map((memory) => {
    const bytes = new Uint8Array(inputElements * bytesOf(memory));
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < inputElements; i++) {
      const x =
        random() < 0.3
          ? floats[Math.floor(random() * floats.length)]!
          : (random() - 0.5) * 10 ** Math.floor(random() * 8 - 3);
      const k =
        random() < 0.4
          ? integers[Math.floor(random() * integers.length)]!
          : Math.floor(random() * 2 ** 32);
      const at = i * bytesOf(memory);
      if (memory === "f32") view.setFloat32(at, x, true);
      else if (memory === "f64") view.setFloat64(at, x, true);
      else if (memory === "i32" || memory === "u32") view.setInt32(at, k, true);
      else if (memory === "f16") view.setUint16(at, toHalf(Math.fround(x)), true);
      else if (memory === "bf16") view.setUint16(at, toBrain(x), true);
      else if (memory === "bool") view.setUint8(at, k & 1);
      else view.setUint8(at, k);
    }
    return bytes;
  });
}

/** The first element in which two buffers differ, NaN being equal to NaN; undefined if none does. */
export function firstDifference(memory: DType, a: Uint8Array, b: Uint8Array): number | undefined {
  const size = bytesOf(memory);
  const holdsNaN = (bytes: Uint8Array, at: number): boolean => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, size);
    if (memory === "f32") return Number.isNaN(view.getFloat32(0, true));
    if (memory === "f64") return Number.isNaN(view.getFloat64(0, true));
    if (memory === "f16") return (view.getUint16(0, true) & 0x7fff) > 0x7c00;
    return memory === "bf16" && (view.getUint16(0, true) & 0x7fff) > 0x7f80;
  };
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    const element = Math.floor(i / size);
    if (!(holdsNaN(a, element * size) && holdsNaN(b, element * size))) return element;
  }
  return undefined;
}

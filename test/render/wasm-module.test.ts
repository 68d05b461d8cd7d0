// The assembler by itself: numbers, modules, and what the tidying pass may drop.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildModule, FunctionCode, signedLeb, unsignedLeb } from "../../src/render/wasm-module.ts";

function readLeb(bytes: readonly number[], signed: boolean): bigint {
  let value = 0n;
  bytes.forEach((byte, i) => {
    value |= BigInt(byte & 127) << BigInt(7 * i);
    expect(byte >= 128).toBe(i < bytes.length - 1);
  });
  return signed ? BigInt.asIntN(7 * bytes.length, value) : value;
}

describe("LEB128", () => {
  it("reads back, unsigned and signed, in as few bytes as possible", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.integer(), (u, s) => {
        expect(readLeb(unsignedLeb(u), false)).toBe(BigInt(u));
        expect(unsignedLeb(u).length).toBe(Math.max(1, Math.ceil(u.toString(2).length / 7)));
        expect(readLeb(signedLeb(s), true)).toBe(BigInt(s));
      }),
    );
    for (const [value, bytes] of [
      [0, 1],
      [63, 1],
      [64, 2],
      [-64, 1],
      [-65, 2],
    ] as const) {
      expect(signedLeb(value).length).toBe(bytes);
    }
    expect(signedLeb(-(2 ** 31)).length).toBe(5);
  });
});

/** Stores what `write` leaves on the stack, an i32, at address 0. */
function evaluate(write: (code: FunctionCode) => void): number {
  const code = new FunctionCode(1);
  code.i32(0);
  write(code);
  code.memory("i32.store", 0, 2);
  const bytes = buildModule([code.encode()], { parameters: 1, shared: false });
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  (exports["0"] as (x: number) => void)(20);
  return new Int32Array(memory.buffer)[0] as number;
}

describe("a function", () => {
  it("keeps a local that is read again, and drops one that is not", () => {
    const once = (code: FunctionCode): void => {
      const x = code.local("i32");
      code.get(0);
      code.set(x);
      code.get(x);
    };
    const twice = (code: FunctionCode): void => {
      const x = code.local("i32");
      code.get(0);
      code.set(x);
      code.get(x);
      code.get(x);
      code.op("i32.add");
    };
    expect(evaluate(once)).toBe(20);
    expect(evaluate(twice)).toBe(40);
    const code = new FunctionCode(1);
    once(code);
    code.op("drop");
    expect(code.print()).toBe("local.get $0\ndrop");
    const other = new FunctionCode(1);
    twice(other);
    other.op("drop");
    expect(other.print()).toBe(
      "local i32 x 1\nlocal.get $0\nlocal.tee $1\nlocal.get $1\ni32.add\ndrop",
    );
  });

  it("declares locals of each type together, however they were asked for", () => {
    const result = evaluate((code) => {
      const [a, v, b] = [code.local("i32"), code.local("v128"), code.local("i32")];
      const [f, unused] = [code.local("f32"), code.local("f64")];
      expect(unused).toBe(5);
      code.get(0);
      code.set(a);
      code.constant("i32", 3);
      code.set(v);
      code.f32(2.5);
      code.set(f);
      code.i32(-7);
      code.set(b);
      for (const local of [a, b]) code.get(local);
      code.op("i32.sub");
      code.get(v);
      code.lane("i32x4.extract_lane", 2);
      code.op("i32.mul");
      code.get(f);
      code.op("i32.trunc_sat_f32_s");
      code.op("i32.add");
    });
    expect(result).toBe((20 + 7) * 3 + 2);
  });

  it("can be written to behind what follows", () => {
    const result = evaluate((code) => {
      const x = code.local("i32");
      const before = code.fragment();
      code.get(x);
      code.inside(before, () => {
        code.i32(5);
        code.set(x);
      });
    });
    expect(result).toBe(5);
  });
});

describe("a module", () => {
  it("exports a function a body, over memory of either kind", () => {
    for (const shared of [false, true]) {
      const bodies = [1, 2, 3].map((value) => {
        const code = new FunctionCode(2);
        code.get(1);
        code.i32(value);
        code.memory("i32.store", 4, 2);
        return code.encode();
      });
      const module = new WebAssembly.Module(buildModule(bodies, { parameters: 2, shared }));
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      expect(Object.keys(exports)).toEqual(["0", "1", "2"]);
      (exports["2"] as (a: number, b: number) => void)(0, 8);
      expect(new Int32Array(memory.buffer)[3]).toBe(3);
    }
  });
});

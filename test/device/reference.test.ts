import { describe, expect, test } from "vitest";
import { referenceDevice } from "../../src/device/reference.ts";
import * as b from "../../src/ir/build.ts";
import { DeviceError } from "../../src/ir/errors.ts";
import type { Storage } from "../../src/ir/node.ts";

const device = referenceDevice();
const floats = (bytes: Uint8Array<ArrayBuffer>): number[] =>
  Array.from(new Float32Array(bytes.buffer));

function store(...values: number[]): Storage {
  const storage = device.allocate(values.length * 4);
  device.write(storage, new Uint8Array(Float32Array.from(values).buffer));
  return storage;
}

describe("running", () => {
  const [x, y] = [b.input(0, [2], "f32"), b.input(1, [2], "f32")];
  const factor = b.constant(2, "f32", [2]);
  const outputs = [b.add(b.mul(x, factor), y), b.mul(x, y)];

  test("inputs, outputs and run-time numbers", async () => {
    const run = device.prepare({
      inputs: [x, y],
      outputs,
      constants: [factor],
      replaces: [-1, -1],
    });
    const [out, product] = [device.allocate(8), device.allocate(8)];
    expect(run.run([store(1, 2), store(3, 4)], [out, product], [10])).toBe(undefined);
    expect(floats(device.read(out))).toEqual([13, 24]);
    expect(floats(await device.readAsync(product))).toEqual([3, 8]);
    run.run([store(1, 2), store(3, 4)], [out, product], [0.5]);
    expect(floats(device.read(out))).toEqual([3.5, 5]);
    expect(run.run([store(0, 0), store(3, 4)], [out, product], [1])).toBe(undefined);
    expect(floats(device.read(out))).toEqual([3, 4]);
  });
  test("a number may come as an input without axes", () => {
    const n = b.input(2, [], "f32");
    const run = device.prepare({
      inputs: [x],
      outputs: [b.mul(x, n)],
      constants: [n],
      replaces: [-1],
    });
    const out = device.allocate(8);
    run.run([store(1, 2)], [out], [3]);
    expect(floats(device.read(out))).toEqual([3, 6]);
  });
  test("outputs may lie where inputs lay, even crosswise", () => {
    const run = device.prepare({
      inputs: [x, y],
      outputs: [y, b.add(x, y)],
      constants: [],
      replaces: [0, 1],
    });
    expect(run.inPlace).toEqual([true, true]);
    const [first, second] = [store(1, 2), store(30, 40)];
    run.run([first, second], [first, second], []);
    expect([first, second].map((s) => floats(device.read(s)))).toEqual([
      [30, 40],
      [31, 42],
    ]);
  });
  test("an index out of range is a fault of that run alone", () => {
    const index = b.input(1, [1], "i32");
    const run = device.prepare({
      inputs: [x, index],
      outputs: [b.gather(x, index, 0)],
      constants: [],
      replaces: [-1],
    });
    const at = (i: number): Storage => {
      const storage = device.allocate(4);
      device.write(storage, new Uint8Array(Int32Array.of(i).buffer));
      return storage;
    };
    const out = store(7);
    expect(run.run([store(5, 6), at(9)], [out], [])).toEqual({ operation: "gather", value: 9 });
    expect(floats(device.read(out))).toEqual([7]);
    expect(run.run([store(5, 6), at(0)], [out], [])).toBe(undefined);
    expect(floats(device.read(out))).toEqual([5]);
  });
});

describe("memory", () => {
  test("live falls when memory is freed, peak stays", () => {
    const own = referenceDevice();
    const [a, c] = [own.allocate(100), own.allocate(50)];
    own.free(a);
    expect(own.memory()).toEqual({ live: 50, peak: 150, reserved: 0 });
    expect(() => own.read(a)).toThrow(/disposed/);
    expect(() => own.free(a)).toThrow(DeviceError);
    expect(own.read(c)).toEqual(new Uint8Array(50));
  });
  test("a read is a copy", () => {
    const storage = store(1);
    device.read(storage).fill(255);
    expect(floats(device.read(storage))).toEqual([1]);
  });
  test("wrong sizes, other devices and too much memory are refused", () => {
    expect(() => device.write(device.allocate(4), new Uint8Array(5))).toThrow(/5 bytes/);
    expect(() => device.read({ bytes: 4 })).toThrow(/another device/);
    expect(() => device.allocate(2 ** 53)).toThrow(DeviceError);
  });
});

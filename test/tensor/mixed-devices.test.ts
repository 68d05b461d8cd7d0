// Tensors of two devices meet at a line, and that line throws: it names the operation and both.

import { beforeEach, expect, test } from "vitest";
import type { DeviceName } from "../../src/device/device.ts";
import { setDefaultDevice } from "../../src/device/devices.ts";
import { DeviceError } from "../../src/ir/errors.ts";
import { State } from "../../src/tensor/cell.ts";
import { compile } from "../../src/tensor/compile.ts";
import { ones, tensor, zeros } from "../../src/tensor/create.ts";
import { concat, where } from "../../src/tensor/functions.ts";
import { randn } from "../../src/tensor/random.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { devicesHere } from "../support/devices.ts";

const [home, away] = (
  devicesHere.includes("native") ? ["native", "wasm"] : ["wasm", "reference"]
) as [DeviceName, DeviceName];
const here = (): Tensor =>
  tensor(
    [
      [1, 2],
      [3, 4],
    ],
    { device: home },
  );
const there = (): Tensor =>
  tensor(
    [
      [5, 6],
      [7, 8],
    ],
    { device: away },
  );

beforeEach(() => {
  setDefaultDevice(home);
});

const lines: readonly [name: string, line: (x: Tensor, y: Tensor) => unknown][] = [
  ["a sum", (x, y) => x.add(y)],
  ["a product of matrices", (x, y) => x.matmul(y)],
  ["through views and functions", (x, y) => x.exp().reshape([4]).sum().mul(y.transpose().tanh())],
  ["joining", (x, y) => concat([x, y])],
  ["a mask", (x, y) => where(y.greater(6), x, 0)],
  ["an index", (x, y) => x.take(y.mul(0).cast("i32"))],
  [
    "a value that was computed",
    (x, y) => {
      const z = y.add(1);
      z.dataSync();
      return x.add(z);
    },
  ],
  ["a cell", (x, y) => new State(x).add(y)],
  [
    "a cell that is set",
    (x, y) => {
      const cell = new State(x.mul(1));
      cell.assign(cell.mul(2));
      cell.dataSync();
      return cell.add(y);
    },
  ],
  ["a captured tensor", (x, y) => compile((a: Tensor) => a.mul(2).add(y))(x)],
  [
    "a captured cell",
    (x, y) => {
      const cell = new State(y);
      return compile((a: Tensor) => a.mul(cell))(x);
    },
  ],
];

test.each(lines)("%s", (_name, line) => {
  const pairs = [
    [here(), there(), home, away],
    [there(), here(), away, home],
  ] as const;
  for (const [x, y, first, second] of pairs) {
    expect(() => line(x, y)).toThrow(DeviceError);
    expect(() => line(x, y)).toThrow(
      new RegExp(`^\\w+: .*(${first}|${second}).*(${first}|${second})`),
    );
    expect(() => line(x, y)).toThrow(/move one with to\(/);
  }
});

test("what lives nowhere goes anywhere, and a moved tensor is where it was moved to", async () => {
  const y = there();
  const values = [zeros([2, 2]).add(1), ones([2, 2]), randn([2, 2]).mul(0).add(1)];
  for (const one of values) {
    expect(one.add(y).device).toBe(away);
    expect(await one.add(y).array()).toEqual([
      [6, 7],
      [8, 9],
    ]);
  }
  expect(here().add(y.to(home)).device).toBe(home);
  expect(await here().to(away).add(y).array()).toEqual([
    [6, 8],
    [10, 12],
  ]);
});

test("cells that are computed together each stay on their device", () => {
  setDefaultDevice(home);
  const cells = Array.from({ length: 300 }, () => new State(there()));
  const drawn = new State(zeros([2, 2]));
  for (const cell of [drawn, ...cells]) cell.dataSync();
  drawn.assign(randn([2, 2])); // rests on nothing: it belongs to the default device
  for (const cell of cells) cell.assign(cell.mul(2)); // so many that they are computed on the way
  expect(drawn.device).toBe(home);
  expect(drawn.add(here()).device).toBe(home);
  for (const cell of cells) expect(cell.device).toBe(away);
  expect(cells.at(-1)?.sum().itemSync()).toBe(2 * there().sum().itemSync());
});

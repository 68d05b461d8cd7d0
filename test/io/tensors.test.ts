import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensor, useDevice } from "hebb";
import { readCsv, readIdx, readNpy, readNpz } from "hebb/data";
import { gzip, saveIdx, saveNpy, saveNpz, writeIdx } from "hebb/io";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  await useDevice("reference");
  folder = mkdtempSync(`${tmpdir()}/hebb-tensors-`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("npy, npz and IDX files give the tensors that were saved", async () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6.5],
  ]);
  const y = tensor([3, 1], { dtype: "u8" });
  await saveNpy(file("x.npy"), x);
  await saveNpz(file("xy.npz"), { x, y });
  await saveIdx(file("y.idx"), y);
  const back = await readNpy(file("x.npy"));
  expect([back.dtype, await back.array()]).toEqual(["f32", await x.array()]);
  const both = await readNpz(file("xy.npz"));
  expect(Object.keys(both)).toEqual(["x", "y"]);
  expect(await both.x?.array()).toEqual(await x.array());
  expect([both.y?.dtype, await both.y?.array()]).toEqual(["u8", [3, 1]]);
  expect(await (await readIdx(file("y.idx"))).array()).toEqual([3, 1]);
  expect(await (await readNpy(readFileSync(file("x.npy")))).array()).toEqual(await x.array());
});

test("halves are written as halves", async () => {
  await saveNpy(file("half.npy"), tensor([1.5, -0.25], { dtype: "f16" }));
  const back = await readNpy(file("half.npy"));
  expect([back.dtype, await back.array()]).toEqual(["f16", [1.5, -0.25]]);
});

test("gzipped IDX is unpacked", async () => {
  const bytes = writeIdx({ shape: [2], dtype: "u8", data: Uint8Array.of(8, 9) });
  expect(await (await readIdx(await gzip(bytes))).array()).toEqual([8, 9]);
});

test("CSV columns by name", async () => {
  writeFileSync(file("t.csv"), "a,b,c\n1,2,3\n4,5,6\n");
  const { columns, values } = await readCsv(file("t.csv"), { header: true, columns: ["c", "a"] });
  expect([columns, await values.array()]).toEqual([
    ["c", "a"],
    [
      [3, 1],
      [6, 4],
    ],
  ]);
  expect((await readCsv(new TextEncoder().encode("1,2\n"))).columns).toBeUndefined();
});

test("errors name the file", async () => {
  writeFileSync(file("bad.npy"), "nonsense");
  await expect(readNpy(file("bad.npy"))).rejects.toThrow(/bad\.npy, byte 0: not a \.npy file/);
  await expect(readIdx(file("none.idx"))).rejects.toThrow(/cannot read .*none\.idx/);
  writeFileSync(file("bad.csv"), "1,x\n");
  await expect(readCsv(file("bad.csv"))).rejects.toThrow(/bad\.csv, line 1, column 2/);
});

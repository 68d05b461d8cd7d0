import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Parameter, randn, State, seed, type Tensor, tensor, treeSymbol, useDevice } from "hebb";
import { encode, load, parseSafetensors, save, writeSafetensors } from "hebb/io";
import * as nn from "hebb/nn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let folder = "";
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  await useDevice("reference");
  folder = mkdtempSync(`${tmpdir()}/hebb-model-`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const network = (width = 4) =>
  nn.sequential(
    new nn.Conv2d(1, width, 3),
    new nn.BatchNorm2d(width),
    nn.flatten,
    new nn.Linear(9 * width, 2),
  );

async function values(model: nn.Module): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const [name, value] of Object.entries(model.stateDict()))
    found[name] = [...(await value.data())];
  return found;
}

describe("a module", () => {
  test("comes back with every bit, under PyTorch's names and types", async () => {
    seed(1);
    const [model, other] = [network(), network()];
    model.forward(randn([2, 1, 5, 5])); // running statistics move
    await save(file("model.safetensors"), model);
    const { arrays, metadata } = parseSafetensors(readFileSync(file("model.safetensors")));
    expect([...arrays.keys()].sort()).toEqual(
      [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
        "3.weight",
        "3.bias",
      ].sort(),
    );
    expect(arrays.get("1.num_batches_tracked")).toMatchObject({
      stored: "I64",
      dtype: "i32",
      shape: [],
    });
    expect(metadata.get("format")).toBe("pt");
    expect(await values(other)).not.toEqual(await values(model));
    const report = await load(file("model.safetensors"), other);
    expect(report).toMatchObject({ missing: [], unexpected: [] });
    expect(await values(other)).toEqual(await values(model));
    // Written again it is the same file.
    expect(Buffer.compare(await encode(other), readFileSync(file("model.safetensors")))).toBe(0);
  });

  test("of another architecture is refused key by key, and nothing changes", async () => {
    await save(
      file("wide.safetensors"),
      nn.sequential(new nn.Conv2d(1, 8, 3), nn.relu, new nn.Linear(9, 2)),
    );
    const model = network();
    const before = await values(model);
    const error = await load(file("wide.safetensors"), model).catch((e) => e);
    expect(error.name).toBe("DataError");
    expect(error.message).toContain("wide.safetensors does not fit, so nothing was loaded");
    expect(error.message).toContain("0.weight is [8, 1, 3, 3] in the file, [4, 1, 3, 3] here");
    expect(error.message).toContain("1.running_mean [4] is missing in the file");
    expect(error.message).toContain("2.weight [2, 9] of the file is not expected here");
    expect(await values(model)).toEqual(before);
  });

  test("strict: false passes over names, but not over shapes", async () => {
    const model = nn.sequential(new nn.Linear(2, 3));
    const bytes = (shape: number[]): Uint8Array =>
      writeSafetensors([
        ["0.weight", { shape, dtype: "f32", data: Float32Array.from({ length: 6 }, (_, i) => i) }],
        ["extra", { shape: [1], dtype: "f32", data: new Float32Array(1) }],
      ]);
    expect(await load(bytes([3, 2]), model, { strict: false })).toEqual({
      loaded: ["0.weight"],
      missing: ["0.bias"],
      unexpected: ["extra"],
    });
    expect((await values(model))["0.weight"]).toEqual([0, 1, 2, 3, 4, 5]);
    await expect(load(bytes([2, 3]), model, { strict: false })).rejects.toThrow(
      /\[2, 3\] in the file, \[3, 2\] here/,
    );
  });

  test("floats of other widths are converted; integers for floats are not", async () => {
    const model = nn.sequential(new nn.Linear(2, 1, { bias: false }));
    const halves = { shape: [1, 2], dtype: "f16" as const, data: Uint16Array.of(0x3e00, 0xc000) };
    await load(writeSafetensors([["0.weight", halves]]), model);
    expect((await values(model))["0.weight"]).toEqual([1.5, -2]);
    await load(
      writeSafetensors([
        ["0.weight", { shape: [1, 2], dtype: "f64", data: Float64Array.of(0.25, 3) }],
      ]),
      model,
    );
    expect((await values(model))["0.weight"]).toEqual([0.25, 3]);
    const integers = { shape: [1, 2], dtype: "i32" as const, data: Int32Array.of(1, 2) };
    await expect(load(writeSafetensors([["0.weight", integers]]), model)).rejects.toThrow(
      /is i32 in the file, f32 here/,
    );
  });

  test("a damaged file is refused with its name, and nothing changes", async () => {
    const model = nn.sequential(new nn.Linear(2, 1));
    const before = await values(model);
    const bytes = await encode(model);
    writeFileSync(file("cut.safetensors"), bytes.subarray(0, bytes.length - 3));
    await expect(load(file("cut.safetensors"), model)).rejects.toThrow(/cut\.safetensors/);
    await expect(load(file("absent.safetensors"), model)).rejects.toThrow(/absent\.safetensors/);
    expect(await values(model)).toEqual(before);
  });

  test("a place that cannot be written is named, and what was there stays", async () => {
    const model = nn.sequential(new nn.Linear(2, 1));
    await expect(save(join(folder, "no", "model.safetensors"), model)).rejects.toThrow(
      /cannot write .*no/,
    );
  });
});

describe("tied parameters", () => {
  const tied = () => {
    const cell = new Parameter(tensor([1, 2]));
    return {
      cell,
      tree: {
        [treeSymbol]: () =>
          [
            ["a", cell],
            ["b", cell],
          ] as [string, Parameter][],
      },
    };
  };
  const array = (...data: number[]) => ({
    shape: [2],
    dtype: "f32" as const,
    data: Float32Array.from(data),
  });

  test("are written under each name and stay tied after loading", async () => {
    const [one, other] = [tied(), tied()];
    one.cell.assign(tensor([7, 8]));
    const bytes = await encode(one.tree);
    expect([...parseSafetensors(bytes).arrays.keys()]).toEqual(["a", "b"]);
    await load(bytes, other.tree);
    expect(await other.cell.array()).toEqual([7, 8]);
  });

  test("one name in the file is enough; two that differ are refused", async () => {
    const { cell, tree } = tied();
    await load(writeSafetensors([["b", array(3, 4)]]), tree);
    expect(await cell.array()).toEqual([3, 4]);
    const differing = writeSafetensors([
      ["a", array(1, 1)],
      ["b", array(2, 2)],
    ]);
    await expect(load(differing, tree)).rejects.toThrow(/b is tied to a, but their values differ/);
  });
});

describe("records of tensors", () => {
  test("come back as a record, every type with its bits", async () => {
    const record = {
      f32: tensor([
        [1, -0],
        [Number.POSITIVE_INFINITY, 1e-45],
      ]),
      f64: tensor([0.1], { dtype: "f64" }),
      i32: tensor([-5], { dtype: "i32" }),
      u32: tensor([2 ** 32 - 1], { dtype: "u32" }),
      u8: tensor([255], { dtype: "u8" }),
      bool: tensor([true, false]),
      f16: tensor([0.5, -65504], { dtype: "f16" }),
      bf16: tensor([0.5, 3e38], { dtype: "bf16" }),
      nested: { inner: tensor(3) },
    };
    const back: Record<string, Tensor> = await load(await encode(record));
    expect(Object.keys(back).sort()).toEqual(
      [...Object.keys(record).filter((k) => k !== "nested"), "nested.inner"].sort(),
    );
    for (const [name, value] of Object.entries(record)) {
      if (name === "nested") continue;
      expect(back[name]?.dtype).toBe((value as Tensor).dtype);
      expect(await back[name]?.data()).toEqual(await (value as Tensor).data());
    }
  });

  test("an I64 array is written as I64 again", async () => {
    const bytes = writeSafetensors([
      ["n", { shape: [2], dtype: "i32", data: Int32Array.of(-1, 7), stored: "I64" }],
    ]);
    const { n } = await load(bytes);
    expect([n?.dtype, await n?.array()]).toEqual(["i32", [-1, 7]]);
    expect(parseSafetensors(await encode({ n })).arrays.get("n")?.stored).toBe("I64");
    expect(
      parseSafetensors(await encode({ n: tensor([1], { dtype: "i32" }) })).arrays.get("n")?.stored,
    ).toBe("I32");
  });

  test("nothing, and plain tensors as a target, are refused", async () => {
    await expect(encode({})).rejects.toThrow(/no tensors/);
    const bytes = await encode({ a: tensor([1]) });
    await expect(load(bytes, { a: tensor([1]) })).rejects.toThrow(/"a" is a plain tensor/);
    const a = new State(tensor([0]));
    await load(bytes, { a });
    expect(await a.array()).toEqual([1]);
  });
});

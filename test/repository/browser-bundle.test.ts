// What a page loads of the published package: the bundle of a program that trains, and its size.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildResult, build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { ensure } from "../../scripts/ensure.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Bytes, packed by gzip -9. The aim is 80,000. */
const largest = 100_000;

/** The perceptron of the benchmarks on random digits: 784-512-256-10. */
const training = `
import { compile, gradients, randn, seed, tensor, useDevice } from "hebb";
import * as nn from "hebb/nn";
import { Adam } from "hebb/optim";

await useDevice("wasm");
seed(0);
const model = nn.sequential(
  new nn.Linear(784, 512), new nn.ReLU(), new nn.Linear(512, 256), new nn.ReLU(), new nn.Linear(256, 10),
);
const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
const step = compile((x, labels) => {
  const loss = nn.crossEntropy(model.forward(x), labels);
  optimizer.step(gradients(loss, model));
  return loss;
});
const x = randn([32, 784]);
const labels = tensor(Array.from({ length: 32 }, (_, i) => i % 10), { dtype: "i32" });
const losses = [];
for (let i = 0; i < 10; i++) losses.push(await step(x, labels).item());
console.log(JSON.stringify(losses));
`;

/** As a user's bundler makes it for browsers. */
function bundled(contents: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    stdin: { contents, resolveDir: root, loader: "js" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "error",
    // Not our own paths, which lead to the sources: the names as users resolve them.
    tsconfigRaw: {},
  });
}

beforeAll(() => ensure({ say: () => {} }));

describe("a page that trains a network", () => {
  let code = "";
  let files: readonly string[] = [];
  beforeAll(async () => {
    const { outputFiles, metafile } = await bundled(training);
    code = outputFiles[0]?.text ?? "";
    files = Object.keys(metafile.inputs);
  });

  test("is small", () => {
    expect(files).toContain("dist/index.js");
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(largest);
  });

  test("has nothing of the native device", () => {
    expect(files).toContain("dist/device/openers-browser.js");
    expect(files).not.toContain("dist/device/openers.js");
    // The renderer of C, the add-on, the compiler's flags.
    expect(code).not.toMatch(/__attribute__|napi_|-ffp-contract|dlopen/);
  });

  test("has nothing that only other targets and loops bring", () => {
    // Asking for memory ahead, columns copied before a loop.
    expect(code).not.toMatch(/sumsAhead| pack`/);
  });

  test("learns on WebAssembly", () => {
    const run = spawnSync(process.execPath, ["--input-type=module"], {
      input: code,
      encoding: "utf8",
    });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: "" });
    const losses = JSON.parse(run.stdout) as number[];
    expect(losses[0]).toBeGreaterThan(2);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 4);
  });
});

test.each([
  ["an error's class", 'import { ShapeError } from "hebb"; console.log(ShapeError);', 400],
  ["nothing", 'import "hebb"; import "hebb/nn"; import "hebb/optim"; import "hebb/data";', 0],
])("a program that uses %s loads no more", async (_, program, bytes) => {
  const { outputFiles } = await bundled(program);
  expect(outputFiles[0]?.contents.length).toBeLessThanOrEqual(bytes);
});

test("a page may bring the interpreter", async () => {
  const use =
    'const told = await useDevice("reference").catch((e) => e.message); console.log(told);';
  const outputs = await Promise.all(
    ["", 'import { addReferenceDevice } from "hebb/compiler"; addReferenceDevice();'].map(
      async (before) => {
        const { outputFiles } = await bundled(`${before} import { useDevice } from "hebb"; ${use}`);
        const input = outputFiles[0]?.text ?? "";
        return spawnSync(process.execPath, ["--input-type=module"], { input, encoding: "utf8" });
      },
    ),
  );
  expect(outputs.map(({ stderr }) => stderr)).toEqual(["", ""]);
  expect(outputs[0]?.stdout).toContain(
    "reference: not part of this page; call addReferenceDevice()",
  );
  expect(outputs[1]?.stdout).toMatch(/^reference \(/);
});

// The command from outside: what it prints, leaves behind and ends with. On wasm with a tiny network,
// so that no compiler and no data are needed. What the bench measures is in bench/command.slow.test.ts.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateDigits } from "hebb/data";
import { parseSafetensors } from "hebb/io";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, type Call, hebb, jsonLines, type Outcome } from "./built.ts";

let cwd = "";
const config = {
  data: { source: "generated", train: 60, test: 20 },
  model: { maps: [2, 3], hidden: 8 },
  batchSize: 20,
  epochs: 2,
  device: "wasm",
};

const run = (...words: string[]): Promise<Outcome> => hebb(words, { cwd });

beforeAll(async () => {
  await build();
  cwd = mkdtempSync(`${tmpdir()}/hebb-main-`);
  writeFileSync(join(cwd, "tiny.json"), JSON.stringify(config));
  writeFileSync(join(cwd, "bad.json"), '{ "epoch": 3 }');
}, 300_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe("hebb train", () => {
  let first: Outcome;
  let folder = "";
  beforeAll(async () => {
    first = await run("train", "tiny.json");
    folder = join(cwd, "runs", readdirSync(join(cwd, "runs"))[0] as string);
  });

  test("prints plain lines and ends with the test accuracy and the report", () => {
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const lines = first.stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^device wasm/);
    expect(lines[1]).toMatch(/generated digits · [\d,]+ weights · runs\/\d{4}-\d\d-\d\d-digits$/);
    expect(lines[2]).toMatch(/^epoch 1\/2 {2}loss \d\.\d+ {2}accuracy [\d.]+ % {2}· {2}test loss/);
    expect(lines[4]).toMatch(
      /^test accuracy [01]\.\d{4} · [\d.]+ s · report runs\/.*report\.html$/,
    );
    for (const sign of ["\r", "\u001b"]) expect(first.stdout).not.toContain(sign);
  });

  test("leaves a folder with all that it promises", () => {
    expect(readdirSync(folder).sort()).toEqual([
      "checkpoints",
      "config.json",
      "metrics.jsonl",
      "model.safetensors",
      "report.html",
    ]);
    expect(JSON.parse(readFileSync(join(folder, "config.json"), "utf8"))).toMatchObject(config);
    const steps = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
    expect(steps.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 3, 4, 5, 6, 6]);
    const { arrays } = parseSafetensors(readFileSync(join(folder, "model.safetensors")));
    expect([...arrays.keys()].sort()[0]).toBe("conv1.bias");
    const report = readFileSync(join(folder, "report.html"), "utf8");
    expect(report).toContain("conv1.weight");
    expect(report).not.toMatch(/src=["']https?:/);
  });

  test("with --json speaks only lines of JSON; the same seed gives the same numbers", async () => {
    const events = jsonLines(await run("train", "tiny.json", "--json", "--out", "again"));
    expect(events[0]).toMatchObject({ type: "start", folder: "again" });
    const losses = events.filter((e) => e.type === "batch").map((e) => e.loss);
    const before = readFileSync(join(folder, "metrics.jsonl"), "utf8").trimEnd().split("\n");
    const logged = before.map((line) => JSON.parse(line)).filter((e) => e.type === "batch");
    expect(losses).toEqual(logged.map((e) => e.loss));
    expect(events.at(-1)).toMatchObject({ type: "result", steps: 6 });
    const other = jsonLines(
      await run("train", "tiny.json", "--json", "--out", "other", "--seed", "1"),
    );
    expect(other.filter((e) => e.type === "batch").map((e) => e.loss)).not.toEqual(losses);
  });

  test("Ctrl-C saves and ends with 130, and the run goes on to the same weights", async () => {
    const long = ["train", "tiny.json", "--epochs", "25", "--out", "stopped"];
    let isSent = false;
    const onOutput: Call["onOutput"] = (stdout, kill) => {
      if (!isSent && stdout.includes("epoch 2/")) kill("SIGINT");
      isSent ||= stdout.includes("epoch 2/");
    };
    const stopped = await hebb(long, { cwd, onOutput });
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toMatch(
      /stopped and saved after \d+ steps · go on with: hebb train --resume stopped/,
    );
    const weights = (name: string): Buffer => readFileSync(join(cwd, name, "model.safetensors"));
    expect((await run("train", "--resume", "stopped")).code).toBe(0);
    expect((await run("train", "tiny.json", "--epochs", "25", "--out", "whole")).code).toBe(0);
    expect(Buffer.compare(weights("stopped"), weights("whole"))).toBe(0);
  });

  test("eval finds the same accuracy, predict names a digit and what it did", async () => {
    const evaluated = await run("eval", folder);
    const accuracy = /test accuracy (\S+)/.exec(first.stdout)?.[1] as string;
    expect(evaluated.stdout).toContain(`test accuracy ${accuracy} `);
    const png = new PNG({ width: 56, height: 56 });
    const { images } = generateDigits({ count: 1 });
    for (let i = 0; i < 56 * 56; i++) {
      const ink = images[Math.floor(i / 112) * 28 + ((i % 56) >> 1)] as number;
      png.data.fill(255 - ink, 4 * i, 4 * i + 3);
      png.data[4 * i + 3] = 255;
    }
    writeFileSync(join(cwd, "digit.png"), PNG.sync.write(png));
    writeFileSync(join(cwd, "photo.jpg"), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0));
    const { code, stdout } = await run("predict", folder, "digit.png", "tiny.json", "photo.jpg");
    expect(stdout).toMatch(
      /^digit\.png: \d \(\d+\.\d %\).* · inverted \(dark ink on light paper\), .*centred$/m,
    );
    expect(stdout).toMatch(/^tiny\.json: is not a PNG picture; save it as PNG/m);
    expect(stdout).toMatch(/^photo\.jpg: is not a PNG picture but a JPEG/m);
    expect(code).toBe(1);
    const [prediction] = jsonLines(await run("predict", folder, "digit.png", "--json"));
    const shares = prediction?.probabilities as number[];
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(shares[prediction?.digit as number]).toBe(Math.max(...shares));
  });

  test("a model of another architecture is refused with the keys that differ", async () => {
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, model: { hidden: 9 } }));
    const { code, stderr } = await run("eval", folder);
    expect(code).toBe(1);
    expect(stderr).toContain("conv1.weight is [2, 1, 5, 5] in the file, [16, 1, 5, 5] here");
  });
});

test("a module of one's own trains on data of one's own", async () => {
  const at = new URL("../..", import.meta.url).pathname;
  writeFileSync(
    join(cwd, "mine.mjs"),
    `import * as nn from "${at}dist/nn/index.js";
     import { readCsv } from "${at}dist/data/index.js";
     import { SGD } from "${at}dist/optim/index.js";
     export const classes = ["left", "right"];
     export const model = () => nn.sequential(new nn.Linear(1, 2));
     export const optimizer = (model) => new SGD(model.parameters(), { lr: 0.1 });
     export async function data() {
       const { values } = await readCsv("points.csv");
       const all = { x: values.at(":", ":1"), y: values.at(":", 1).cast("u8") };
       return { train: all, test: all };
     }`,
  );
  const rows = Array.from({ length: 32 }, (_, i) => `${i - 15.5},${i < 16 ? 0 : 1}`);
  writeFileSync(join(cwd, "points.csv"), rows.join("\n"));
  const words = ["train", "mine.mjs", "--device", "reference", "--epochs", "50", "--out", "mine"];
  const { code, stdout, stderr } = await run(...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(Number(/test accuracy (\S+)/.exec(stdout)?.[1])).toBeGreaterThan(0.9);
});

describe("bench and explain", () => {
  test("a workload is one line of JSON, as the peers print it", async () => {
    const { code, stdout } = await run("bench", "tiny", "--device", "reference", "--seconds", "0");
    expect(code).toBe(0);
    const line = JSON.parse(stdout);
    expect(line).toEqual({
      peer: "hebb-reference",
      threads: 1,
      workload: "tiny",
      ms: expect.any(Number),
    });
    expect(line.ms).toBeGreaterThan(0);
  });

  test("a program is a table of its kernels, or one line of JSON", async () => {
    const [program] = jsonLines(await run("explain", "tiny", "--device", "reference", "--json"));
    expect(program).toMatchObject({ type: "program", device: "reference" });
    expect(program).toHaveProperty("steps.0.label");
    const { stdout } = await run("explain", "tiny", "--device", "reference");
    expect(stdout).toMatch(/^kernel +MFLOP +MB +ms +time$/m);
    expect(stdout).toMatch(/^\d+ kernels in \d+ steps · /m);
  });
});

describe("exit codes and messages", () => {
  test.each([
    [["trian"], 2, /there is no command "trian"; did you mean "train"\?/],
    [["train", "--epcohs", "3"], 2, /unknown option --epcohs; did you mean "--epochs"/],
    [["train", "bad.json"], 2, /bad\.json: unknown key "epoch"; did you mean "epochs"/],
    [["train", "none.json"], 2, /there is no file none\.json/],
    [["train", "digit"], 2, /"digit" is neither a preset nor.*; did you mean "digits"/],
    [["train", "--resume", "nowhere"], 2, /nowhere is not the folder of a run/],
    [["train", "--device", "gpu"], 2, /"device" must be auto or native/],
    [["predict", "nowhere", "a.png"], 2, /there is no run or file nowhere/],
    [["bench", "matmull"], 2, /no workload "matmull"; did you mean "matmul"/],
    [["bench", "--set", "shape"], 2, /no set "shape"; did you mean "shapes"/],
    [["bench", "--set", "memory"], 2, /the set memory needs --compare/],
    [["bench", "--write", "a.md"], 2, /--write needs --compare/],
    [["bench", "--seconds", "-1"], 2, /--seconds/],
    [["cache"], 2, /hebb cache clear/],
    [[], 2, /^$/],
    [["--help"], 0, /^$/],
    [["help", "train"], 0, /^$/],
    [["results", "--list"], 0, /^$/],
    [["results", "lenett"], 2, /there is no result "lenett"; did you mean "lenet"/],
  ])("hebb %j ends with %i", async (words, code, message) => {
    const outcome = await run(...words);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr.split("\n")[0]).toMatch(message);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
  });

  test("a folder that cannot be written ends with 1 and says which", async () => {
    writeFileSync(join(cwd, "file"), "");
    const { code, stderr } = await run("train", "tiny.json", "--out", "file/below");
    expect(code).toBe(1);
    expect(stderr).toMatch(/file\/below/);
  });

  test("devices lists all with reasons", async () => {
    const devices = jsonLines(await run("devices", "--json"));
    expect(devices.map(({ name }) => name)).toEqual(["native", "wasm", "webgpu", "reference"]);
    expect(devices.find(({ name }) => name === "reference")).toMatchObject({ available: true });
    for (const { description } of devices) expect(description).toMatch(/\w/);
  });

  test("results lists what can be trained, and wants the real data for it", async () => {
    const { stdout } = await run("results", "--list");
    expect(stdout).toMatch(
      /^lenet: LeNet-5 on MNIST.*99\.05 in LeCun et al\. 1998.*at least 99\.1$/m,
    );
    const [first] = jsonLines(await run("results", "gcn", "--list", "--json"));
    expect(first).toMatchObject({ type: "reproduction", name: "gcn", bound: { least: 81 } });
    const { code, stderr } = await hebb(["results", "lenet", "--device", "reference"], {
      cwd,
      env: { HEBB_DATA: "", HEBB_CACHE: join(cwd, "cache") },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/this result needs the real thing: MNIST not found/);
  });
});

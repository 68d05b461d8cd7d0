import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { completeConfig, configSchema, type Field, parseConfig } from "../../src/cli/config.ts";
import { editDistance, nearest } from "../../src/cli/usage-error.ts";

describe("a configuration", () => {
  test("of nothing is the standard one, and completing it again changes nothing", () => {
    const standard = completeConfig({}, "test");
    expect(standard).toMatchObject({
      preset: "digits",
      batchSize: 128,
      epochs: null,
      optimizer: { name: "adam", lr: 0.003 },
      model: { maps: [16, 32], hidden: 128 },
    });
    const { module: _, epochs: __, clipNorm: ___, threads: ____, data, ...rest } = standard;
    expect(completeConfig({ ...rest, data: { source: data.source } }, "test")).toEqual(standard);
  });

  test("keeps what it says, at every depth", () => {
    const given = { epochs: 3, data: { source: "generated", train: 10 }, optimizer: { lr: 0.5 } };
    const config = parseConfig(JSON.stringify(given), "mine.json");
    expect(config).toMatchObject(given);
    expect(config.optimizer.momentum).toBe(0.9);
  });
});

describe("what is refused, with the file and the key", () => {
  const refusal = (given: unknown): string => {
    try {
      completeConfig(given, "mine.json");
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
    return "nothing";
  };

  test.each([
    [{ epoch: 3 }, 'mine.json: unknown key "epoch"; did you mean "epochs"?'],
    [{ bachtSize: 3 }, 'unknown key "bachtSize"; did you mean "batchSize"?'],
    [
      { optimizer: { weightdecay: 1 } },
      'unknown key "optimizer.weightdecay"; did you mean "weightDecay"?',
    ],
    [{ lr: 0.1 }, 'unknown key "lr"; did you mean "optimizer.lr"?'],
    [{ zzzzzz: 1 }, 'unknown key "zzzzzz"; the keys here are preset, module, data'],
    [{ preset: "digit" }, '"preset" must be digits, not "digit"; did you mean "digits"?'],
    [{ epochs: 1.5 }, '"epochs" must be a whole number from 0, not 1.5'],
    [{ epochs: "3" }, '"epochs" must be a whole number from 0, not "3"'],
    [{ epochs: -1 }, '"epochs" must be a whole number from 0, not -1'],
    [{ optimizer: { momentum: 2 } }, '"optimizer.momentum" must be a number from 0 to 1, not 2'],
    [{ optimizer: "adam" }, '"optimizer" must be an object'],
    [{ model: { maps: [16] } }, '"model.maps" must be 2 whole numbers from 1, not [16]'],
    [{ batchSize: null }, '"batchSize" is null; leave it out'],
    [{ device: "gpu" }, '"device" must be auto or native or wasm'],
    [[], "must be an object"],
  ])("%j", (given, message) => {
    expect(refusal(given)).toContain(message);
    expect(refusal(given)).toMatch(/^UsageError: mine\.json: /);
  });

  test("text that is not JSON", () => {
    expect(() => parseConfig("{epochs: 3}", "mine.json")).toThrow(/mine\.json is not JSON/);
  });
});

test("docs/config.md describes every key and nothing else", () => {
  const text = readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8");
  const keys = (fields: Readonly<Record<string, Field>>, path = ""): string[] =>
    Object.entries(fields).flatMap(([key, field]) =>
      field.kind === "section" ? keys(field.fields, `${path}${key}.`) : [`${path}${key}`],
    );
  const documented = [...text.matchAll(/^\| `([\w.]+)` \|/gm)].map((match) => match[1]);
  expect(documented).toEqual(keys(configSchema));
});

describe("nearest", () => {
  test("counts letters put in, taken out, exchanged and swapped", () => {
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("trian", "train")).toBe(1);
    expect(editDistance("epochs", "epochs")).toBe(0);
  });

  test("says nothing where nothing is near", () => {
    expect(nearest("trian", ["train", "eval"])).toBe('; did you mean "train"?');
    expect(nearest("xyz", ["train", "eval"])).toBe("");
  });
});

// Every name of torch.nn, its functions, initialisers and utilities, and of torch.optim is here: by the
// same name in camelCase, or as docs/from-pytorch.md says, which also says why some are not.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as hebb from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { golden } from "./golden.ts";

const names = golden<Record<string, readonly string[]>>("nn/pytorch-names.json");
const page = readFileSync(new URL("../../docs/from-pytorch.md", import.meta.url), "utf8");

/** Where names of each of PyTorch's doors are looked for. */
const doors: Readonly<Record<string, readonly object[]>> = {
  nn: [nn],
  functional: [nn, hebb, hebb.Tensor.prototype],
  init: [nn.init],
  optim: [optim],
  lr_scheduler: [optim],
  utils: [nn, optim],
};

/** kaiming_normal_ as kaimingNormal: what changes its argument there gives a new tensor here. */
const camel = (name: string): string =>
  name.replace(/_$/, "").replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
/** adaptive_avg_pool2d as AdaptiveAvgPool2d, but for the letters of abbreviations. */
const same = (layer: string, name: string): boolean =>
  layer.toLowerCase() === name.replaceAll("_", "").toLowerCase();

const quoted = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
const sectionOf = (title: string): string => page.split(`## ${title}\n`)[1]!.split("\n## ")[0]!;
const rowsOf = (title: string): [names: string[], rest: string][] =>
  sectionOf(title)
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(" | "))
    .map(([left, right]) => [quoted(left!), right!.replace(/ \|$/, "")]);

const elsewhere = rowsOf("Called otherwise");
const layers = quoted(sectionOf("Functions that are layers").split(":\n")[1]!);
const without = rowsOf("Without a counterpart");

/** Whether a name of ours, `nn.init.dirac` or `conv1d`, is there. */
function exists(path: string): boolean {
  const [first, ...rest] = path.split(".") as [string, ...string[]];
  let at: unknown = { nn, optim }[first] ?? (hebb as Record<string, unknown>)[first];
  for (const step of rest) at = (at as Record<string, unknown> | undefined)?.[step];
  return at !== undefined;
}

test.each(Object.entries(names))("torch %s", (door, all) => {
  expect(all.length).toBeGreaterThan(10);
  const listed = new Set([...elsewhere, ...without].flatMap(([of]) => of).concat(layers));
  const found = (name: string): boolean => doors[door]!.some((at) => camel(name) in at);
  expect(all.filter((name) => !found(name) && !listed.has(name))).toEqual([]);
});

test("what is called otherwise is there under the name that the page has", () => {
  expect(elsewhere.length).toBeGreaterThan(30);
  for (const [of, rest] of elsewhere) {
    const paths = quoted(rest).filter((path) => /^(?:nn|optim)\./.test(path) || path in hebb);
    expect(paths.length, `${of}`).toBeGreaterThan(0);
    for (const path of paths) expect(exists(path), path).toBe(true);
  }
});

test("functions that are layers have a layer of their name", () => {
  expect(layers.length).toBeGreaterThan(20);
  const classes = Object.keys(nn);
  const isThere = (name: string) =>
    classes.some((layer) => same(layer, name.replace("native_", "")));
  expect(layers.filter((name) => !isThere(name))).toEqual([]);
});

test("the page has no names that PyTorch has not, and a reason for each that is not here", () => {
  const all = new Set(Object.values(names).flat());
  const listed = [...elsewhere, ...without].flatMap(([of]) => of).concat(layers);
  expect(listed.filter((name) => !all.has(name))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
  expect(without.filter(([, reason]) => reason.split(" ").length < 4)).toEqual([]);
});

import { expect, test } from "vitest";
import { backward } from "../../src/grad/backward.ts";
import * as b from "../../src/ir/build.ts";
import { mergeScans } from "../../src/ir/merge-scans.ts";
import { type Node, sortNodes } from "../../src/ir/node.ts";
import { verify } from "../../src/ir/verify.ts";
import { evaluate, fill, inner, randomLike } from "../grad/values.ts";
import { samples } from "./ops.samples.ts";

const countScans = (outputs: readonly Node[]): number =>
  sortNodes(outputs).reduce((n, node) => {
    const body = (node.arg as { body?: { outputs: readonly Node[] } } | null)?.body;
    return n + (node.op === "scan" ? 1 : 0) + (body ? countScans(body.outputs) : 0);
  }, 0);

const named = (name: string) => fill(samples.find((s) => s.name === name) as never);

test.each([
  ["scan", 3, 2],
  ["scan reversed", 3, 2],
  ["scan with checkpoints", 3, 2],
  // The forward pass twice, each with its inner scan twice in the second, and the backward pass.
  ["scan in a scan", 7, 4],
])("%s: a loss and its gradient hold %i scans, and %i when merged", (name, before, after) => {
  const { inputs, outputs, values } = named(name);
  const weights = outputs.map((y, i) => randomLike(y, i, values));
  const loss = inner(outputs, weights);
  const all = [loss, ...(backward(outputs, weights, inputs) as Node[])];
  expect(countScans(all)).toBe(before);
  const merged = mergeScans(all);
  verify(merged);
  expect(countScans(merged)).toBe(after);
  expect(evaluate(merged, values)).toEqual(evaluate(all, values));
});

test("scans of the other direction, and graphs without equal scans, stay", () => {
  const forward = named("scan");
  expect(mergeScans(forward.outputs)).toEqual(forward.outputs);
  const owner = forward.outputs[0]?.src[0] as Node<"scan">;
  const other = b.scan({ ...owner.arg, reverse: true }, owner.src);
  expect(countScans(mergeScans([...forward.outputs, ...other]))).toBe(2);
});

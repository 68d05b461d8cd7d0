import { expect, test } from "vitest";
import * as b from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/node.ts";
import { print } from "../../src/ir/print.ts";
import { fill } from "../grad/values.ts";
import { samples } from "./ops.samples.ts";

test("one node a line, numbered from 1, with arguments and types", () => {
  b.constant(0, "f32"); // ids do not show
  const x = b.input(0, [2, 3], "f32");
  const y = b.reduce(b.add(x, b.constant(1.5, "f32")), "max", [1]);
  expect(print([y, b.cumsum(y, 0, true)])).toBe(
    [
      "%1 = input 0 : f32[2, 3]",
      "%2 = const 1.5 : f32[2, 3]",
      "%3 = add %1 %2 : f32[2, 3]",
      "%4 = reduce %3 kind=max axes=[1] : f32[2]",
      "%5 = cumsum %4 axis=0 reverse : f32[2]",
      "return %4 %5",
    ].join("\n"),
  );
});

test("a body stands below its owner", () => {
  const [x, xs] = [b.input(0, [2], "f32"), b.input(1, [3, 2], "f32")];
  const body = b.body([x, { shape: [2], dtype: "f32" }], ([c, row]) => [
    b.mul(c as Node, row as Node),
  ]);
  const [last] = b.scan({ body, carries: 1, stacked: 1, length: 3, reverse: false }, [x, xs]);
  expect(print([last as Node])).toBe(
    [
      "%1 = input 0 : f32[2]",
      "%2 = input 1 : f32[3, 2]",
      "%3 = scan %1 %2 carries=1 stacked=1 length=3 : f32[2]",
      "  %4 = input 0 : f32[2]",
      "  %5 = input 1 : f32[2]",
      "  %6 = mul %4 %5 : f32[2]",
      "  return %6",
      "%7 = part %3 0 : f32[2]",
      "return %7",
    ].join("\n"),
  );
});

test("every sample prints with each name defined before it is used", () => {
  for (const sample of samples) {
    const text = print(fill(sample).outputs);
    const known = new Set<string>();
    for (const line of text.split("\n")) {
      const [, defined, rest] = /^\s*(?:(%\d+) = |return)(.*)/.exec(line) ?? [];
      for (const name of rest?.match(/%\d+/g) ?? [])
        expect(known, `${sample.name}: ${line}`).toContain(name);
      if (defined) {
        expect(known).not.toContain(defined);
        known.add(defined);
        expect(line).toMatch(/ : (bool|[fiu]\d+)\[/);
      }
    }
  }
});

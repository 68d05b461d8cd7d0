// Loops ask for the memory of their next turn where that lies apart, and nowhere else; how many images
// a batch has changes nothing in the text.

import { describe, expect, test } from "vitest";
import { prefetchLines } from "../../../src/compile/lower/prefetch-lines.ts";
import * as b from "../../../src/ir/build.ts";
import { interpret } from "../../../src/ir/interpret.ts";
import type { Node } from "../../../src/ir/node.ts";
import { sizeOf } from "../../../src/ir/shape.ts";
import type { Target } from "../../../src/render/renderer.ts";
import { disagreement, evaluateOn } from "../../support/agreement.ts";
import { type Example, textOf as kernelText, wide } from "../../support/kernel-text.ts";

const target: Target = { ...wide, prefetching: prefetchLines(64) };

/** The sum of each channel over all images. */
function byChannel(images: number, size = 6): Example {
  const inputs = [b.input(0, [images, 5, size, size], "f32"), b.input(1, [5, 1, 1], "f32")];
  const product = b.mul(inputs[0] as Node, b.expand(inputs[1] as Node, [images, 5, size, size]));
  return { inputs, outputs: [b.reduce(b.exp(product), "add", [0, 2, 3])] };
}

const textOf = (example: Example, t: Target = target): string => kernelText(example, t);

describe("a sum over a batch and its images, channel by channel", () => {
  test("asks for the next image while it sums one", () => {
    expect(textOf(byChannel(7))).toContain("prefetch b");
  });

  test("is one kernel for every size of the batch", () => {
    const bare = (text: string): string => text.replace(/\d+ ints/g, "");
    expect(bare(textOf(byChannel(7)))).toBe(bare(textOf(byChannel(64))));
  });

  test("asks for nothing where that is turned off, and on machines of unknown lines", () => {
    expect(textOf(byChannel(7), { ...target, without: new Set(["prefetch"]) })).not.toContain(
      "prefetch b",
    );
    const { prefetching: _, ...unknown } = target;
    expect(textOf(byChannel(7), unknown)).not.toContain("prefetch b");
  });

  test("asks for nothing where images are long", () => {
    expect(textOf(byChannel(7, 80))).not.toContain("prefetch b");
  });

  test("comes to what it should", () => {
    const { inputs, outputs } = byChannel(7);
    const values = new Map(
      inputs.map((n) => [n, Float32Array.from({ length: sizeOf(n.shape) }, (_, i) => Math.sin(i))]),
    );
    const want = interpret(outputs, (n) => values.get(n));
    const got = evaluateOn(target, inputs, outputs, values);
    outputs.forEach((o, i) => {
      expect(disagreement(o, got[i] as never, want[i] as never)).toBeUndefined();
    });
  });
});

test("a sum over memory as it lies asks for nothing", () => {
  const x = b.input(0, [7, 5, 6, 6], "f32");
  expect(textOf({ inputs: [x], outputs: [b.reduce(x, "add", [1, 2, 3])] })).not.toContain(
    "prefetch b",
  );
});

import type { BatchEvent, EpochEvent } from "hebb/train";
import { describe, expect, test } from "vitest";
import { drawBar, measures, Progress } from "../../src/cli/progress.ts";
import { clock, grouped, Terminal } from "../../src/cli/terminal.ts";

const batch = (step: number, change: Partial<BatchEvent> = {}): BatchEvent => ({
  type: "batch",
  epoch: 0,
  batch: step - 1,
  batches: 10,
  step,
  examples: 100,
  loss: 0.5,
  metrics: { accuracy: 0.9 },
  means: { loss: 0.04123, accuracy: 0.987 },
  gradientNorm: 1,
  lr: 0.001,
  ...change,
});
const epoch: EpochEvent = {
  type: "epoch",
  epoch: 0,
  epochs: 2,
  step: 10,
  loss: 0.04123,
  metrics: { accuracy: 0.987 },
  validation: { loss: 0.05, accuracy: 0.98 },
  lr: 0.001,
  seconds: 0.5,
  examples: 1000,
};

/** What is written, with a clock that the test moves. */
function recorder({ json = false, isTTY = false, columns = 200 } = {}) {
  const written: string[] = [];
  const time = { now: 0 };
  const terminal = new Terminal({ write: (text) => written.push(text), isTTY, columns }, { json });
  const options = { epochs: 2, count: 1000, unit: "images", now: () => time.now };
  return { written, time, progress: new Progress(terminal, options), terminal };
}

describe("on a terminal", () => {
  test("one line is redrawn: epoch, bar, measures, speed, time left", () => {
    const { written, time, progress } = recorder({ isTTY: true });
    for (let step = 1; step <= 5; step++) {
      time.now = step * 200;
      progress.show(batch(step));
    }
    // 100 images in 200 ms; 1,500 of 2,000 images are left.
    expect(written.at(-1)).toBe(
      `\r\u001b[2Kepoch 1/2 ${drawBar(0.5)} 50 %  loss 0.041  accuracy 98.7 %  500 images/s  0:03 left`,
    );
  });

  test("at most ten times a second, however fast the steps", () => {
    const { written, time, progress } = recorder({ isTTY: true });
    for (let step = 1; step <= 1000; step++) {
      time.now = step;
      progress.show(batch(1 + (step % 10)));
    }
    expect(written.length).toBe(10);
  });

  test("no wider than the terminal; a line replaces the bar", () => {
    const { written, progress } = recorder({ isTTY: true, columns: 40 });
    progress.show(batch(1));
    expect((written[0] as string).replace("\r\u001b[2K", "").length).toBe(39);
    progress.show(epoch);
    expect(written[1]).toBe("\r\u001b[2K");
    expect(written[2]).toBe(
      "epoch 1/2  loss 0.041  accuracy 98.7 %  ·  test loss 0.050  accuracy 98.0 %  ·  0.5 s, 2,000 images/s\n",
    );
  });
});

describe("elsewhere", () => {
  test("whole lines, every five seconds at most, without control signs", () => {
    const { written, time, progress } = recorder();
    for (let step = 1; step <= 10; step++) {
      time.now = step * 1000;
      progress.show(batch(step));
    }
    expect(written.length).toBe(2);
    for (const line of written) {
      expect(line).toMatch(/^epoch 1\/2 \d+ % {2}loss.*\n$/);
      expect(line).not.toContain("\u001b");
    }
  });

  test("with --json every event is a line and nothing else is said", () => {
    const { written, progress, terminal } = recorder({ json: true, isTTY: true });
    progress.show(batch(1));
    progress.show(epoch);
    terminal.say("for people");
    terminal.bar("for people");
    expect(written.map((line) => JSON.parse(line))).toEqual([batch(1), epoch]);
  });

  test("a stream of unknown length has no percentage", () => {
    const { written, time, progress } = recorder();
    time.now = 6000;
    progress.show(batch(7, { batches: undefined }));
    expect(written[0]).toMatch(/^epoch 1\/2 batch 7 {2}loss/);
  });
});

test("numbers as people read them", () => {
  expect([0, 999, 1000, 31204.4, 1234567].map(grouped)).toEqual([
    "0",
    "999",
    "1,000",
    "31,204",
    "1,234,567",
  ]);
  expect([0, 2.4, 61, 3599.6, 3661].map(clock)).toEqual([
    "0:00",
    "0:02",
    "1:01",
    "1:00:00",
    "1:01:01",
  ]);
  expect(clock(Number.POSITIVE_INFINITY)).toBe("–:––");
  expect(measures({ loss: 0.00004, accuracy: 1 })).toBe("loss 4.0e-5  accuracy 100.0 %");
  expect([0, 0.5, 1].map((share) => [...drawBar(share)].length)).toEqual([24, 24, 24]);
  expect(drawBar(1 / 48)).toMatch(/^╸·+$/);
});

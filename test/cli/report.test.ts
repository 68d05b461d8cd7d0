import fc from "fast-check";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { renderReport } from "../../src/cli/report.ts";
import { linearScale, logarithmicScale, positionOf } from "../../src/cli/report-axis.ts";
import { lossChart, runningMean } from "../../src/cli/report-curves.ts";
import type { ReportData } from "../../src/cli/report-data.ts";
import {
  escapeHtml,
  formatNumber,
  formatPercent,
  formatSeconds,
  scriptJson,
} from "../../src/cli/report-format.ts";
import { divergingPixels } from "../../src/cli/report-pictures.ts";
import { encodePng } from "../../src/cli/report-png.ts";
import { sampleReport } from "./report-samples.ts";

/** Texts of the script elements in a page, cut as a browser cuts them. */
function scripts(html: string): string[] {
  return [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script/gi)].map(
    (match) => match[1] as string,
  );
}

describe("the report page", () => {
  it("shows every part", () => {
    const html = renderReport(sampleReport());
    for (const text of [
      "99.99\u202f%", // 99.996 must not round to 100
      "4 wrong",
      "1\u202fmin 33\u202fs",
      "20 November 2026, 16:05 UTC",
      "dog read as cat: 7 (7.0\u202f% of 100)",
      "98.7\u202f%",
      "The 1 surest of 9",
      "2 × 1 × 3 × 3",
      'data-chart="loss"',
      'data-chart="accuracy"',
      "logarithmic scale",
    ]) {
      expect(html).toContain(text);
    }
  });

  it("gives rates in GFLOP/s and GB/s, widest bar first", () => {
    const html = renderReport(sampleReport());
    const rows = [...html.matchAll(/<tr><th scope="row" title="(?:contract|relu)">.*?<\/tr>/g)].map(
      String,
    );
    expect(rows).toHaveLength(2);
    // 9e7 FLOP · 100 runs / 90 ms = 100 GFLOP/s; 4e6 B · 100 / 90 ms = 4.44 GB/s
    expect(rows[0]).toContain("contract");
    expect(rows[0]).toContain("--length:1.000");
    expect(rows[0]).toContain("<td>100</td><td>4.44</td>");
    expect(rows[1]).toContain("--length:0.111");
    expect(rows[1]).toContain("<td>0.100</td><td>2.00</td>");
  });

  it("asks nobody for anything", () => {
    const html = renderReport(sampleReport());
    expect(html).toContain("default-src 'none'");
    for (const [, address] of html.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)/g)) {
      expect(address).toMatch(/^data:/);
    }
    expect(html).not.toMatch(/https?:\/\//);
  });

  it("carries its data, whole", () => {
    const data = sampleReport();
    const found = JSON.parse(scripts(renderReport(data))[0] as string);
    expect(found.kernels).toEqual(data.kernels);
    expect(found.history).toEqual(data.history);
    expect(found.mistakes[0].pixels).toEqual([...(data.mistakes?.[0]?.pixels ?? [])]);
    found.firstLayer.values.forEach((x: number, i: number) => {
      expect(Math.fround(x)).toBe(data.firstLayer?.values[i]);
    });
  });

  it("is safe with hostile names", () => {
    const evil = `</script><script>alert(1)</script><!--"'&\u2028\u2029<img src=x onerror=alert(1)>`;
    const plain = renderReport(sampleReport());
    const html = renderReport(
      sampleReport({
        title: evil,
        device: evil,
        dataset: evil,
        date: evil,
        config: [{ name: evil, value: evil }],
        versions: [{ name: evil, value: evil }],
        parameters: [{ name: evil, shape: [1], count: 1 }],
        confusion: {
          classes: [evil, "b"],
          counts: [
            [1, 1],
            [0, 1],
          ],
        },
        kernels: [{ label: evil, ms: 1, runs: 1, share: 1, flops: 0, bytes: 0 }],
        mistakes: sampleReport().mistakes?.map((m) => ({ ...m, label: evil, prediction: evil })),
        firstLayer: {
          ...(sampleReport().firstLayer as NonNullable<ReportData["firstLayer"]>),
          name: evil,
        },
      }),
    );
    expect(scripts(html)).toHaveLength(scripts(plain).length);
    expect(html.match(/<img src=x/g)).toBeNull();
    expect(html).not.toContain("<!--");
    const found = JSON.parse(scripts(html)[0] as string);
    expect(found.title).toBe(evil);
    expect(scripts(html)[0]).not.toMatch(/[\u2028\u2029<>&]/);
  });

  it("does with what there is", () => {
    const bare: ReportData = {
      ...sampleReport(),
      config: [],
      parameters: [],
      history: { samples: [], epochs: [] },
      test: undefined,
      confusion: undefined,
      firstLayer: undefined,
      mistakes: undefined,
      kernels: undefined,
      versions: [],
    };
    const html = renderReport(bare);
    expect(html).toContain("no epoch was finished");
    expect(html).not.toContain("<figure");
    expect(html).not.toContain("undefined");
    expect(renderReport({ ...bare, mistakes: [] })).toContain("There were none.");
    const one = { epoch: 1, trainLoss: 0.5, seconds: 1 };
    const single = renderReport({ ...bare, history: { samples: [], epochs: [one] } });
    expect(single).toContain('data-chart="loss"');
    expect(single).not.toContain('data-chart="accuracy"');
    expect(single).toContain("0.500");
  });

  it("draws no number that is none, and says from where on", () => {
    const samples = sampleReport().history.samples.map((s) =>
      s.step > 60 ? { ...s, loss: s.step > 80 ? Infinity : NaN } : s,
    );
    const epochs = [
      { epoch: 1, trainLoss: NaN, trainAccuracy: NaN, validationLoss: NaN, seconds: NaN },
    ];
    const html = renderReport(sampleReport({ history: { samples, epochs }, test: undefined }));
    expect(html).toContain("not finite from step 61 on");
    const drawings = [...html.matchAll(/<svg viewBox[\s\S]*?<\/svg>/g)].join("");
    expect(drawings).not.toMatch(/NaN|Infinity/);
    expect(JSON.parse(scripts(html)[0] as string).history.samples[70].loss).toBe("NaN");
  });

  it("draws any history without a bad coordinate", () => {
    const loss = fc.oneof(fc.double(), fc.constantFrom(0, -1, 1e-300, 1e300, NaN, Infinity));
    fc.assert(
      fc.property(
        fc.array(loss, { maxLength: 30 }),
        fc.array(loss, { maxLength: 4 }),
        (steps, ends) => {
          const history = {
            samples: steps.map((x, i) => ({ step: i + 1, epoch: (i + 1) / 10, loss: x })),
            epochs: ends.map((x, i) => ({
              epoch: i + 1,
              trainLoss: x,
              trainAccuracy: Math.abs(x) % 1,
              seconds: 1,
            })),
          };
          const html = renderReport(sampleReport({ history }));
          const drawings = [...html.matchAll(/<svg viewBox="0 0 520[\s\S]*?<\/svg>/g)].map(String);
          for (const drawing of drawings) {
            for (const [, number] of drawing.matchAll(/(?: [xy][12]?|c[xy])="([^"]*)"/g)) {
              expect(Number.isFinite(Number(number))).toBe(true);
            }
            for (const [, path] of drawing.matchAll(/ d="([^"]*)"/g)) {
              expect(path).toMatch(/^([ML]-?\d+(\.\d+)? -?\d+(\.\d+)?)*$/);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("curves", () => {
  it("take a logarithmic axis only for wide, positive losses", () => {
    expect(lossChart(sampleReport())?.y.logarithmic).toBe(true);
    const flat = sampleReport().history.samples.map((s) => ({ ...s, loss: 1 + 0.1 / s.step }));
    expect(lossChart(sampleReport({ history: { samples: flat, epochs: [] } }))?.y.logarithmic).toBe(
      false,
    );
  });

  it("smooth by the mean of near samples", () => {
    const samples = Array.from({ length: 101 }, (_, i) => ({
      step: i,
      epoch: i,
      loss: i % 2 === 0 ? 0 : 2,
    }));
    const mean = runningMean(samples);
    expect(mean[50]).toBeCloseTo(4 / 5, 12); // losses 48 … 52: 0 2 0 2 0
    expect(mean[0]).toBeCloseTo(2 / 3, 12);
  });

  it("mark axes at round values that hold the data", () => {
    const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const scale = linearScale(low, high, 5);
        const slack = 1e-8 * (1e-3 + Math.max(Math.abs(low), Math.abs(high)));
        expect(scale.low).toBeLessThanOrEqual(low + slack);
        expect(scale.high).toBeGreaterThanOrEqual(high - slack);
        expect(scale.ticks.length).toBeGreaterThan(1);
        expect(scale.ticks.length).toBeLessThan(9);
      }),
    );
    const scale = logarithmicScale(0.0031, 2.4);
    expect(scale.ticks[0]).toBeLessThanOrEqual(0.0031);
    expect(scale.ticks[scale.ticks.length - 1]).toBeGreaterThanOrEqual(2.4);
    expect(positionOf({ low: 0.01, high: 1, logarithmic: true, ticks: [] }, 0.1)).toBeCloseTo(
      0.5,
      12,
    );
  });
});

describe("pictures", () => {
  it("are PNG files that another decoder reads back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        (width, height, seed) => {
          const pixels = new Uint8Array(width * height * 4).map((_, i) => (i * 31 + seed) & 255);
          const read = PNG.sync.read(
            Buffer.from(encodePng({ width, height, channels: 4, pixels })),
          );
          expect([read.width, read.height]).toEqual([width, height]);
          expect(new Uint8Array(read.data)).toEqual(pixels);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("may be longer than one block", () => {
    const pixels = new Uint8Array(300 * 300).map((_, i) => i % 251);
    const read = PNG.sync.read(
      Buffer.from(encodePng({ width: 300, height: 300, channels: 1, pixels })),
    );
    expect([read.data[4 * 89_999], read.data[4 * 70_000]]).toEqual([89_999 % 251, 70_000 % 251]);
  });

  it("colour weights by sign and size", () => {
    const [zero, plus, minus, none] = [0, 1, 2, 3].map((i) =>
      [...divergingPixels(Float32Array.of(0, 2, -1, NaN), 2)].slice(4 * i, 4 * i + 4),
    );
    expect(zero?.[3]).toBe(0);
    expect(plus).toEqual([201, 92, 38, 255]);
    expect(minus).toEqual([38, 116, 168, 128]);
    expect(none).toEqual([128, 128, 128, 255]);
  });
});

describe("formats", () => {
  it("write numbers for people", () => {
    expect(formatNumber(0.041371)).toBe("0.0414");
    expect(formatNumber(12345.6)).toBe("12,346");
    expect(formatNumber(1.2e-6)).toBe("1.20e-6");
    expect(formatNumber(NaN)).toBe("not a number");
    expect(formatPercent(1)).toBe("100.00\u202f%");
    expect(formatPercent(0.9999999)).toBe("99.99\u202f%");
    expect(formatSeconds(3599.6)).toBe("1\u202fh 0\u202fmin");
    expect(formatSeconds(59.99)).toBe("60.0\u202fs");
  });

  it("escape text and data", () => {
    expect(escapeHtml(`<a b="c" d='e'>&`)).toBe("&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = scriptJson({ text });
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});

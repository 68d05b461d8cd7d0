// The two curves of a run: loss over its steps, accuracy over its epochs.

import { linearScale, logarithmicScale, type Scale } from "./report-axis.ts";
import { type Chart, isDrawn, type Line, type Point } from "./report-chart.ts";
import type { LossSample, ReportData, ReportEpoch } from "./report-data.ts";
import { formatCount, formatNumber, formatPercent } from "./report-format.ts";

/** Ratio of the largest to the smallest loss from which the axis is logarithmic. */
const wide = 12;

/** The loss of single steps, their running mean, and the loss on validation data; if there is any. */
export function lossChart({ history }: ReportData): Chart | undefined {
  const { samples, epochs } = history;
  const lines: Line[] = [];
  if (samples.length > 1) {
    const steps = samples.map((s) => lossPoint(s, s.loss));
    const means = runningMean(samples);
    lines.push(
      { name: "single steps", colour: "a", style: "faint", points: steps },
      {
        name: "training, running mean",
        colour: "a",
        style: "solid",
        points: samples.map((s, i) => lossPoint(s, means[i] as number)),
      },
    );
  } else {
    const points = epochPoints(epochs, (e) => e.trainLoss, formatNumber);
    if (points.length > 0) lines.push({ name: "training", colour: "a", style: "dots", points });
  }
  const validation = epochPoints(epochs, (e) => e.validationLoss, formatNumber);
  if (validation.length > 0) {
    lines.push({ name: "validation", colour: "b", style: "dots", points: validation });
  }
  const drawn = lines.flatMap((l) => l.points.map((p) => p.y)).filter(isDrawn);
  if (drawn.length === 0) return undefined;
  const [low, high] = range(drawn);
  const logarithmic = low > 0 && high / low > wide;
  const broken = samples.find((s) => !Number.isFinite(s.loss));
  return {
    id: "loss",
    title: "Loss",
    note: broken
      ? `not finite from step ${formatCount(broken.step)} on`
      : `nats per example${logarithmic ? ", logarithmic scale" : ""}`,
    lines,
    x: epochScale(lines),
    y: logarithmic ? logarithmicScale(low, high) : linearScale(Math.min(low, 0), high, 5),
    xTitle: "epoch",
    formatX: String,
    formatY: logarithmic ? tickNumber : String,
  };
}

/** Accuracy at the end of each epoch, and the final one on test data as a level; if there is any. */
export function accuracyChart({ history, test }: ReportData): Chart | undefined {
  const lines: Line[] = [];
  const add = (name: string, colour: string, read: (e: ReportEpoch) => number | undefined) => {
    const points = epochPoints(history.epochs, read, (x) => formatPercent(x));
    if (points.some((p) => Number.isFinite(p.y)))
      lines.push({ name, colour, style: "dots", points });
  };
  add("training", "a", (e) => e.trainAccuracy);
  add("validation", "b", (e) => e.validationAccuracy);
  if (lines.length === 0) return undefined;
  const x = epochScale(lines);
  if (test !== undefined && Number.isFinite(test.accuracy)) {
    const value = formatPercent(test.accuracy);
    const points = [x.low, x.high].map((at) => ({
      x: at,
      y: test.accuracy,
      at: "",
      value,
    }));
    lines.push({ name: `test, ${value}`, colour: "c", style: "level", points });
  }
  const [low] = range(lines.flatMap((l) => l.points.map((p) => p.y)).filter(Number.isFinite));
  const y = linearScale(low, 1, 5);
  return {
    id: "accuracy",
    title: "Accuracy",
    note: "share of examples named correctly",
    lines,
    x,
    y: { ...y, high: 1, ticks: y.ticks.filter((tick) => tick <= 1) },
    xTitle: "epoch",
    formatX: String,
    formatY: (tick) => `${Number((tick * 100).toPrecision(6))} %`,
  };
}

function lossPoint({ step, epoch }: LossSample, y: number): Point {
  return { x: epoch, y, at: `step ${formatCount(step)}`, value: formatNumber(y) };
}

function epochPoints(
  epochs: readonly ReportEpoch[],
  read: (epoch: ReportEpoch) => number | undefined,
  format: (x: number) => string,
): Point[] {
  return epochs.flatMap((epoch) => {
    const y = read(epoch);
    return y === undefined
      ? []
      : [{ x: epoch.epoch, y, at: `epoch ${epoch.epoch}`, value: format(y) }];
  });
}

/** From 0, so that the first epoch is as wide as the others. */
function epochScale(lines: readonly Line[]): Scale {
  const last = Math.max(1, ...lines.flatMap((l) => l.points.map((p) => p.x)));
  const { ticks } = linearScale(0, last, 8);
  const whole = ticks.filter((tick) => Number.isInteger(tick) && tick <= last);
  return { low: 0, high: last, logarithmic: false, ticks: whole };
}

/** Mean of the samples around each one: a fiftieth of them on either side. */
export function runningMean(samples: readonly LossSample[]): number[] {
  const reach = Math.max(1, Math.round(samples.length / 50));
  return samples.map(({ loss }, i) => {
    if (!Number.isFinite(loss)) return loss;
    const near = samples
      .slice(Math.max(0, i - reach), i + reach + 1)
      .map((s) => s.loss)
      .filter(Number.isFinite);
    return near.reduce((sum, x) => sum + x, 0) / near.length;
  });
}

/** Least and greatest, of any number of values. */
function range(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const x of values) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

const tickNumber = (x: number): string => (x >= 1e-4 && x < 1e5 ? String(x) : x.toExponential(0));

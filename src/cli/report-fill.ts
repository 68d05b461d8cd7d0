// What a run's report shows, gathered from the run: curves from its metrics, confusion and mistakes
// from one pass over the test data, filters from the weights, time from the profile of the step.

import { compile, type ExplainedProgram, type Tensor, treeLeaves } from "../index.ts";
import type { EpochEvent, FitEvent } from "../train/index.ts";
import type { AnyBatch, Experiment } from "./experiment.ts";
import type {
  LossSample,
  ReportConfusion,
  ReportEpoch,
  ReportFilters,
  ReportKernel,
  ReportMistake,
  ReportParameter,
} from "./report-data.ts";

const mostSamples = 1000;
const mostMistakes = 30;

/** Answers to the test data. */
export interface Answers {
  readonly accuracy: number;
  readonly loss: number;
  readonly examples: number;
  readonly confusion: ReportConfusion | undefined;
  readonly mistakes: readonly ReportMistake[] | undefined;
}

/** One pass over the test data of a classifier. */
export async function answer({
  model,
  test,
  example,
  loss,
  classes,
  pictures,
}: Experiment): Promise<Answers | undefined> {
  if (test === undefined || classes === undefined) return undefined;
  const ask = compile((batch: AnyBatch) => {
    const [input, target] = (example ?? twoTensors)(batch);
    const logits = model.forward(input);
    const p = logits.softmax({ axis: 1 }); // [batch, classes]
    return {
      choice: p.argMax({ axis: 1 }),
      probability: p.max({ axis: 1 }),
      target: target.cast("i32"),
      loss: loss(logits, target),
    };
  });
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  const wrong: { place: number; label: number; choice: number; probability: number }[] = [];
  let [place, right, total] = [0, 0, 0];
  model.eval?.();
  test.state = { ...test.state, epoch: 0, batch: 0 };
  for await (const batch of test) {
    const result = ask(batch) as { [K in "choice" | "probability" | "target" | "loss"]: Tensor };
    const [choices, probabilities, targets] = [
      await result.choice.data(),
      await result.probability.data(),
      await result.target.data(),
    ];
    total += (await result.loss.item()) * choices.length;
    for (let i = 0; i < choices.length; i++, place++) {
      const [choice, label] = [choices[i] as number, targets[i] as number];
      const row = counts[label] as number[];
      row[choice] = (row[choice] ?? 0) + 1;
      if (choice === label) right++;
      else wrong.push({ place, label, choice, probability: probabilities[i] as number });
    }
  }
  wrong.sort((a, b) => b.probability - a.probability);
  return {
    accuracy: right / place,
    loss: total / place,
    examples: place,
    confusion: { classes, counts },
    mistakes: pictures && (await pictured(wrong.slice(0, mostMistakes), pictures, classes)),
  };
}

const twoTensors = (batch: AnyBatch): readonly [Tensor, Tensor] =>
  Object.values(batch) as unknown as readonly [Tensor, Tensor];

async function pictured(
  wrong: readonly { place: number; label: number; choice: number; probability: number }[],
  pictures: Tensor,
  classes: readonly string[],
): Promise<ReportMistake[]> {
  const pixels = await pictures.data("u8");
  const [, height = 0, width = 0] = pictures.shape;
  const size = height * width;
  return wrong.map(({ place, label, choice, probability }) => ({
    height,
    width,
    pixels: pixels.slice(place * size, (place + 1) * size),
    label: classes[label] ?? `${label}`,
    prediction: classes[choice] ?? `${choice}`,
    probability,
  }));
}

/** The curves from the lines of metrics.jsonl; a line that a crash cut off is passed over. */
export function historyOf(lines: string): { samples: LossSample[]; epochs: ReportEpoch[] } {
  const samples: LossSample[] = [];
  const epochs: ReportEpoch[] = [];
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    let event: FitEvent;
    try {
      event = JSON.parse(line) as FitEvent;
    } catch {
      continue;
    }
    if (event.type === "epoch") epochs.push(reportEpoch(event));
    else {
      const within = event.batches === undefined ? 0 : (event.batch + 1) / event.batches;
      samples.push({ step: event.step, epoch: event.epoch + within, loss: event.loss });
    }
  }
  return { samples: thinned(samples), epochs };
}

function reportEpoch({ epoch, loss, metrics, validation, seconds }: EpochEvent): ReportEpoch {
  const number = <K extends string>(key: K, value: number | undefined): { [P in K]?: number } =>
    value === undefined ? {} : ({ [key]: value } as { [P in K]: number });
  return {
    epoch: epoch + 1,
    trainLoss: loss,
    ...number("trainAccuracy", metrics.accuracy),
    ...number("validationLoss", validation?.loss),
    ...number("validationAccuracy", validation?.accuracy),
    seconds,
  };
}

/** At most so many, evenly spread, the last one among them. */
function thinned(samples: LossSample[]): LossSample[] {
  const every = Math.ceil(samples.length / mostSamples);
  return samples.filter((_, i) => (samples.length - 1 - i) % every === 0);
}

/** The trained parameters by name. */
export function parametersOf(model: object): ReportParameter[] {
  const { parameters } = model as { parameters?(): Record<string, Tensor> };
  return Object.entries(parameters?.call(model) ?? {}).map(([name, { shape, size }]) => ({
    name,
    shape,
    count: size,
  }));
}

/** The weights of the first convolution; undefined where there is none. */
export async function filtersOf(model: object): Promise<ReportFilters | undefined> {
  const { parameters } = model as { parameters?(): Record<string, Tensor> };
  const found = Object.entries(parameters?.call(model) ?? {}).find(([, p]) => p.rank === 4);
  if (found === undefined) return undefined;
  const [name, weight] = found;
  const [count, channels, height, width] = weight.shape as [number, number, number, number];
  return { name, count, channels, height, width, values: await weight.data("f32") };
}

/** Where the time of the training step went; undefined where the device does not measure. */
export function kernelsOf(program: ExplainedProgram | undefined): ReportKernel[] | undefined {
  const timed = (program?.steps ?? []).filter(({ time }) => time !== undefined && time.runs > 0);
  const total = timed.reduce((sum, { time }) => sum + (time?.ms ?? 0), 0);
  if (total === 0) return undefined;
  return timed.map(({ label, work, time }) => ({
    label,
    ms: time?.ms ?? 0,
    runs: time?.runs ?? 0,
    share: (time?.ms ?? 0) / total,
    flops: work.flops,
    bytes: work.bytes,
  }));
}

/** How many numbers a model has. */
export const sizeOfModel = (model: object): number =>
  treeLeaves(model).reduce((sum, { size }) => sum + size, 0);

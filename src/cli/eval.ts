// hebb eval: how good a trained model is on the test data of its run.

import { evaluate } from "../train/index.ts";
import { integer, readArguments, text } from "./arguments.ts";
import { buildExperiment } from "./experiment.ts";
import { measures } from "./progress.ts";
import { answer } from "./report-fill.ts";
import { deviceOptions, setUpDevice } from "./setup.ts";
import { grouped, type Terminal } from "./terminal.ts";
import { findModel, loadWeights } from "./trained-model.ts";
import { UsageError } from "./usage-error.ts";

export async function evalCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const args = readArguments(words, deviceOptions, 1);
  const found = findModel(args.positionals[0] ?? "latest");
  await setUpDevice(
    text(args, "device") ?? found.config.device,
    integer(args, "threads", { min: 1 }) ?? found.config.threads,
  );
  const experiment = await buildExperiment(found.config);
  const { model, test, example, loss, metrics, unit } = experiment;
  if (test === undefined) throw new UsageError(`${found.config.module} exports no test data`);
  await loadWeights(model, found);
  const answers = await answer(experiment);
  if (answers !== undefined) {
    const { accuracy, loss: mean, examples } = answers;
    terminal.say(
      `test accuracy ${accuracy.toFixed(4)} · loss ${mean.toFixed(4)} · ${grouped(examples)} ${unit} · ${experiment.origin}`,
    );
    terminal.tell({ type: "result", accuracy, loss: mean, examples, weights: found.weights });
    return 0;
  }
  const values = await evaluate(model, test, { ...(example && { example }), loss, metrics });
  terminal.say(`test ${measures(values)}`);
  terminal.tell({ type: "result", ...values, weights: found.weights });
  return 0;
}

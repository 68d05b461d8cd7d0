// A model that was trained before: the folder of a run, or a safetensors file of the preset.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { load } from "../io/index.ts";
import { completeConfig, type TrainConfig } from "./config.ts";
import { findRun, runFiles } from "./run-folder.ts";
import { UsageError } from "./usage-error.ts";

/** Where weights are, and the configuration that they belong to. */
export interface TrainedModel {
  readonly config: TrainConfig;
  readonly weights: string;
}

/** What a path, or "latest", stands for. @throws UsageError  there is no model */
export function findModel(path: string): TrainedModel {
  const isFile = path !== "latest" && existsSync(path) && statSync(path).isFile();
  if (isFile) return { config: completeConfig({}, path), weights: path };
  if (path !== "latest" && !existsSync(path))
    throw new UsageError(`there is no run or file ${path}`);
  const { folder, config } = findRun(path);
  const weights = join(folder, runFiles.model);
  if (existsSync(weights)) return { config, weights };
  throw new UsageError(
    `${folder} has no ${runFiles.model} yet; go on with: hebb train --resume ${folder}`,
  );
}

/** Puts the weights into a model of the same architecture. */
export async function loadWeights(model: object, { weights }: TrainedModel): Promise<void> {
  await load(weights, model);
}

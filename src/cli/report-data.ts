// What a run report shows, as plain data: `hebb train` fills it, renderReport draws it.
// Every part marked optional may be missing and the page leaves it out; numbers may be NaN or
// infinite (a run that diverged has a report too).

/** Everything on the page. */
export interface ReportData {
  /** Name of the run or preset: "digits". */
  readonly title: string;
  /** The device and why a better one was skipped, as the command prints it. */
  readonly device: string;
  /** Where the data came from, as the data set says it. */
  readonly dataset: string;
  /** When the run ended: ISO 8601. */
  readonly date: string;
  /** Wall-clock seconds from start to end of training. */
  readonly seconds: number;
  /** Settings in the order to show them. */
  readonly config: readonly Setting[];
  /** Trained parameters in the order of the state dict. */
  readonly parameters: readonly ReportParameter[];
  readonly history: ReportHistory;
  readonly test?: ReportTest;
  readonly confusion?: ReportConfusion;
  readonly firstLayer?: ReportFilters;
  /**
   * Wrong answers, surest first, thirty or so; empty: none was wrong.
   * Missing: nobody looked.
   */
  readonly mistakes?: readonly ReportMistake[];
  /** The kernels of the training step, in any order. */
  readonly kernels?: readonly ReportKernel[];
  /** Versions of hebb, the runtime and the compiler. */
  readonly versions: readonly Setting[];
}

/** A name and its value, both as text. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

export interface ReportParameter {
  /** Key in the state dict. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
}

export interface ReportHistory {
  /** Loss of single steps, sampled: at most a thousand or so. */
  readonly samples: readonly LossSample[];
  readonly epochs: readonly ReportEpoch[];
}

export interface LossSample {
  /** Updates made so far. */
  readonly step: number;
  /** Epochs completed by then, with a fraction: 1.25 is a quarter into the second. */
  readonly epoch: number;
  readonly loss: number;
}

export interface ReportEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Means over the epoch. */
  readonly trainLoss: number;
  /** In [0, 1]. */
  readonly trainAccuracy?: number;
  readonly validationLoss?: number;
  /** In [0, 1]. */
  readonly validationAccuracy?: number;
  /** Wall-clock seconds, validation included. */
  readonly seconds: number;
}

export interface ReportTest {
  /** In [0, 1]. */
  readonly accuracy: number;
  readonly loss?: number;
  /** How many examples were tested. */
  readonly examples: number;
}

export interface ReportConfusion {
  readonly classes: readonly string[];
  /** `counts[truth][prediction]` */
  readonly counts: readonly (readonly number[])[];
}

/** Weights of the first layer, one small picture each. */
export interface ReportFilters {
  /** Key in the state dict. */
  readonly name: string;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** [count, channels, height, width] */
  readonly values: Float32Array;
}

export interface ReportMistake {
  readonly height: number;
  readonly width: number;
  /** [height, width], 0 is paper, 255 is ink. */
  readonly pixels: Uint8Array;
  readonly label: string;
  readonly prediction: string;
  /** What the network gave its prediction, in [0, 1]. */
  readonly probability: number;
}

export interface ReportKernel {
  readonly label: string;
  /** Milliseconds in all runs together. */
  readonly ms: number;
  readonly runs: number;
  /** Of the time of all kernels, in [0, 1]. */
  readonly share: number;
  /** Floating-point operations of one run. */
  readonly flops: number;
  /** Bytes read and written by one run. */
  readonly bytes: number;
}

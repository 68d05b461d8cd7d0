// What a workload is, as data: a kind and its sizes. One definition is run by Hebb and by every peer
// (they get it as JSON), and says on paper what it takes at least.

/** A product of matrices; `transposed` operands lie in memory the other way round. */
export interface MatrixProduct {
  readonly kind: "matmul";
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposed?: "a" | "b";
}

/** Square images and windows; `groups` of channels that do not see each other. */
export interface Convolution {
  readonly kind: "conv";
  readonly batch: number;
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
  readonly groups: number;
}

/** Something done to each row. */
export interface RowOperation {
  readonly kind: "softmax" | "layernorm";
  readonly rows: number;
  readonly columns: number;
}

/** `elementwise` is gelu(1.5x + 0.5); `reduce` the sum of squares, read back. */
export interface FlatOperation {
  readonly kind: "elementwise" | "reduce";
  readonly size: number;
}

/** A training step of layers of these widths, cross-entropy at the end. */
export interface Perceptron {
  readonly kind: "mlp";
  readonly batch: number;
  readonly widths: readonly number[];
  readonly activation: "relu" | "tanh";
  readonly optimizer: "adam" | "sgd";
}

/** Two convolutions 3x3 with ReLU and pooling, two linear layers; images of 28x28; Adam. */
export interface ConvolutionalNetwork {
  readonly kind: "cnn";
  readonly batch: number;
}

/** A linear read-out at every step; Adam. */
export interface RecurrentNetwork {
  readonly kind: "lstm";
  readonly batch: number;
  readonly steps: number;
  readonly features: number;
  readonly hidden: number;
  readonly classes: number;
}

/** A decoder-only transformer, gelu MLPs four times as wide; AdamW. */
export interface Transformer {
  readonly kind: "gpt";
  readonly batch: number;
  readonly context: number;
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
  readonly vocabulary: number;
}

/** One CD-1 update of a binary restricted Boltzmann machine, sampling included. */
export interface BoltzmannMachine {
  readonly kind: "rbm";
  readonly batch: number;
  readonly visible: number;
  readonly hidden: number;
}

export type Task =
  | MatrixProduct
  | Convolution
  | RowOperation
  | FlatOperation
  | Perceptron
  | ConvolutionalNetwork
  | RecurrentNetwork
  | Transformer
  | BoltzmannMachine;

export interface Definition {
  readonly name: string;
  readonly task: Task;
  /** Without `compile` anywhere. Peers run it as they always do. */
  readonly eager?: boolean;
}

/** Least work on paper: floating-point operations, and bytes that must be read or written once. */
export interface LeastWork {
  readonly flops: number;
  readonly bytes: number;
  /** What the bytes are: read only, or read and written. */
  readonly traffic: "read" | "copy";
}

/** Numbers of four bytes. */
const word = 4;
/** Numbers that an update reads and writes for each parameter: itself and the optimiser's moments. */
const perUpdate = { adam: 6, sgd: 2 };

/** What a task takes at least, whoever does it. */
export function leastWork(task: Task): LeastWork {
  switch (task.kind) {
    case "matmul": {
      const { m, k, n } = task;
      return copies(2 * m * k * n, m * k + k * n + m * n);
    }
    case "conv": {
      const { batch, from, to, window, groups } = task;
      const side = outputSize(task);
      const weights = (to * from * window * window) / groups;
      const [read, written] = [batch * from * task.size ** 2, batch * to * side * side];
      return copies(2 * batch * side * side * weights, read + weights + written);
    }
    case "softmax":
    case "layernorm":
      return copies(5 * task.rows * task.columns, 2 * task.rows * task.columns);
    case "elementwise":
      // Two for the line, two and a division's worth for gelu around erf, erf as 12 fused products.
      return copies(29 * task.size, 2 * task.size);
    case "reduce":
      return { flops: 2 * task.size, bytes: word * task.size, traffic: "read" };
    case "mlp": {
      const products = sum(pairs(task.widths).map(([i, o]) => i * o));
      const parameters = products + sum(task.widths.slice(1));
      const first = (task.widths[0] as number) * (task.widths[1] as number);
      const data = task.batch * (task.widths[0] as number);
      return training(task.batch * products, task.batch * first, {
        parameters,
        data,
        numbers: perUpdate[task.optimizer],
      });
    }
    case "cnn": {
      const first = 28 * 28 * 32 * 9;
      const rest = 14 * 14 * 64 * 32 * 9 + 3136 * 128 + 128 * 10;
      const parameters = 32 * 10 + 64 * (32 * 9 + 1) + 3137 * 128 + 129 * 10;
      const data = task.batch * 28 * 28;
      return training(task.batch * (first + rest), task.batch * first, { parameters, data });
    }
    case "lstm": {
      const { batch, steps, features, hidden, classes } = task;
      const tokens = batch * steps;
      const first = features * 4 * hidden;
      const rest = hidden * 4 * hidden + hidden * classes;
      const parameters = first + rest + 8 * hidden + classes;
      const data = tokens * features;
      return training(tokens * (first + rest), tokens * first, { parameters, data });
    }
    case "gpt": {
      const { batch, context, width, blocks, vocabulary } = task;
      const tokens = batch * context;
      const block = 12 * width * width;
      const attention = 2 * context * width;
      const each = blocks * (block + attention) + width * vocabulary;
      const parameters = blocks * (block + 13 * width) + 2 * width * (vocabulary + 1);
      return training(tokens * each, 0, {
        parameters: parameters + context * width,
        data: 2 * tokens,
      });
    }
    case "rbm": {
      const { batch, visible, hidden } = task;
      const parameters = visible * hidden + visible + hidden;
      return copies(5 * 2 * batch * visible * hidden, 2 * parameters + batch * visible);
    }
  }
}

/** Side of the image that a convolution makes. */
export const outputSize = ({ size, window, stride, padding }: Convolution): number =>
  Math.floor((size + 2 * padding - window) / stride) + 1;

const copies = (flops: number, words: number): LeastWork => ({
  flops,
  bytes: word * words,
  traffic: "copy",
});

/**
 * Forward, and twice that for the gradients of inputs and weights; no gradient of the data.
 *
 * @param products  multiplications of the forward pass
 * @param first     of them, those that read the data
 */
function training(
  products: number,
  first: number,
  memory: { parameters: number; data: number; numbers?: number },
): LeastWork {
  const { parameters, data, numbers = perUpdate.adam } = memory;
  return copies(2 * (3 * products - first), numbers * parameters + data);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const pairs = (values: readonly number[]): [number, number][] =>
  values.slice(1).map((value, i) => [values[i] as number, value]);

// TensorFlow.js on its WebAssembly backend. Images lie channels last, as it wants them.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { load, serve, versionOf } from "./protocol.mjs";

const tf = await load("@tensorflow/tfjs");
const backend = await load("@tensorflow/tfjs-backend-wasm");
const files = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
backend.setWasmPaths(join(dirname(files), "/"));
backend.setThreadsCount(Number(process.env.THREADS ?? 1));
await tf.setBackend("wasm");
await tf.ready();

const { layers, randomNormal: normal } = tf;

/** Its WebAssembly kernels have run when the call returns: nothing need be read. */
const operation = (f) => () => f().dispose();

function training(stack, optimizer, x, classes) {
  const model = tf.sequential({ layers: stack });
  const shape = x.shape.slice(0, model.outputShape.length - 1);
  const labels = tf.oneHot(tf.randomUniform(shape, 0, classes, "int32"), classes);
  const loss = () => tf.losses.softmaxCrossEntropy(labels, model.predict(x));
  return () => {
    const value = optimizer.minimize(loss, true);
    value.dataSync();
    value.dispose();
  };
}

await serve(
  {
    peer: "tfjs (wasm)",
    version: versionOf("@tensorflow/tfjs"),
    threads: backend.getThreadsCount(), // 1 in Node, whatever was asked for
  },
  {
    matmul: ({ m, k, n, transposed }) => {
      const [ta, tb] = [transposed === "a", transposed === "b"];
      const [a, b] = [normal(ta ? [k, m] : [m, k]), normal(tb ? [n, k] : [k, n])];
      // Its own transposing product is forty times slower than to transpose first.
      const turned = (x, is) => (is ? tf.transpose(x) : x);
      return operation(() => tf.tidy(() => tf.matMul(turned(a, ta), turned(b, tb))));
    },
    conv: ({ batch, from, to, size, window, stride, padding, groups }) => {
      const x = normal([batch, size, size, from]);
      if (groups === 1) {
        const w = normal([window, window, from, to]);
        return operation(() => tf.conv2d(x, w, stride, padding));
      }
      const w = normal([window, window, from, to / groups]);
      const pad = padding * 2 === window - 1 ? "same" : padding;
      return operation(() => tf.depthwiseConv2d(x, w, stride, pad));
    },
    softmax: ({ rows, columns }) => {
      const x = normal([rows, columns]);
      return operation(() => tf.softmax(x));
    },
    reduce: ({ size }) => {
      const x = normal([size]);
      return () => tf.tidy(() => x.square().sum().dataSync());
    },
    mlp: ({ batch, widths, activation, optimizer }) => {
      const last = widths.length - 2;
      const stack = widths.slice(1).map((units, i) =>
        layers.dense({
          units,
          inputShape: [widths[i]],
          activation: i < last ? activation : "linear",
        }),
      );
      const update = optimizer === "adam" ? tf.train.adam() : tf.train.sgd(0.1);
      return training(stack, update, normal([batch, widths[0]]), widths.at(-1));
    },
    lstm: ({ batch, steps, features, hidden, classes }) => {
      const cells = layers.lstm({
        units: hidden,
        inputShape: [steps, features],
        returnSequences: true,
        recurrentInitializer: "glorotUniform", // the orthogonal one takes minutes to make
      });
      const stack = [cells, layers.dense({ units: classes })];
      return training(stack, tf.train.adam(), normal([batch, steps, features]), classes);
    },
  },
);

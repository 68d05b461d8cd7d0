// jax-js on its WebAssembly backend. It trains with plain SGD inside the jitted step, which is less
// than the Adam of the others: in its favour.

import { load, serve, versionOf } from "./protocol.mjs";

const jax = await load("@jax-js/jax");
const { jit, lax, nn, numpy, random, tree, valueAndGrad } = jax;
await jax.init("wasm");
jax.defaultDevice("wasm");

let drawn = 0;
const normal = (shape) => random.normal(random.key(drawn++), shape);
const settled = async (x) => {
  await x.blockUntilReady();
  x.dispose();
};

/** Arguments are used up by a call, so each is given a new reference. */
function operation(f, ...args) {
  const program = jit(f);
  return () => settled(program(...args.map((x) => x.ref)));
}

const dense = (x, w, b) => numpy.matmul(x, w).add(b);

function network(activation) {
  return ([[w, b], ...rest], x) => {
    let y = dense(x, w, b);
    for (const [w, b] of rest) y = dense(activation(y), w, b);
    return y;
  };
}

function training(weights, forward, x, classes) {
  let current = weights;
  const labels = Array.from({ length: x.shape[0] }, (_, i) => i % classes);
  const y = nn.oneHot(numpy.array(labels, { dtype: numpy.int32 }), classes);
  const step = jit((weights, x, y) => {
    const loss = (w) =>
      nn
        .logSoftmax(forward(w, x.ref))
        .mul(y.ref)
        .sum()
        .mul(-1 / labels.length);
    const [value, slopes] = valueAndGrad(loss)(tree.ref(weights));
    return [value, tree.map((w, slope) => w.sub(slope.mul(1e-3)), weights, slopes)];
  });
  return async () => {
    const [value, next] = step(current, x.ref, y.ref);
    current = next;
    await value.data();
    await Promise.all(tree.leaves(next).map((leaf) => leaf.blockUntilReady()));
  };
}

await serve(
  { peer: "jax-js (wasm)", version: versionOf("@jax-js/jax"), threads: 1 },
  {
    matmul: ({ m, k, n, transposed }) => {
      const [ta, tb] = [transposed === "a", transposed === "b"];
      const turned = (x, is) => (is ? numpy.transpose(x) : x);
      return operation(
        (a, b) => numpy.matmul(turned(a, ta), turned(b, tb)),
        normal(ta ? [k, m] : [m, k]),
        normal(tb ? [n, k] : [k, n]),
      );
    },
    conv: ({ batch, from, to, size, window, stride, padding, groups }) => {
      if (groups > 1) throw new Error("groups are left out here");
      const pads = [
        [padding, padding],
        [padding, padding],
      ];
      return operation(
        (x, w) => lax.conv(x, w, [stride, stride], pads),
        normal([batch, from, size, size]),
        normal([to, from, window, window]),
      );
    },
    softmax: ({ rows, columns }) => operation((x) => nn.softmax(x), normal([rows, columns])),
    reduce: ({ size }) => {
      const sum = jit((x) => x.ref.mul(x).sum());
      const x = normal([size]);
      return () => sum(x.ref).data();
    },
    mlp: ({ batch, widths, activation }) => {
      const weights = widths
        .slice(1)
        .map((width, i) => [normal([widths[i], width]).mul(0.05), numpy.zeros([width])]);
      const forward = network(activation === "relu" ? nn.relu : numpy.tanh);
      return training(weights, forward, normal([batch, widths[0]]), widths.at(-1));
    },
  },
);

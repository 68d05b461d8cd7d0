// The help texts.

const texts: Readonly<Record<string, { readonly line: string; readonly more: string }>> = {
  start: {
    line: "start                         train the digits, then show the report",
    more: `hebb start [preset | config.json | model.mjs] [options]
Trains the preset, prints the test accuracy and serves the report on 127.0.0.1.
  --once            end after the training instead
  --out folder, --device, --threads, --seed, --epochs, --json   as for train`,
  },
  train: {
    line: "train [what]                  train a preset, a config.json or a model.mjs",
    more: `hebb train [preset | config.json | model.mjs] [options]
Trains and leaves a folder runs/<date>-<name>: config.json, metrics.jsonl, model.safetensors,
checkpoints/ and report.html. Ctrl-C saves; the run goes on with --resume.
  --device name     auto, native, wasm, reference. Standard: auto
  --threads n       Standard: all
  --seed n          Standard: 0
  --epochs n        Standard: 5 for MNIST
  --out folder      instead of runs/<date>-<name>
  --resume folder   go on with a run ("latest" is the last one)
  --json            events as lines of JSON
The keys of a config.json are in docs/config.md. A module exports model and data, and may export
loss, example, metrics, optimizer, epochs, batchSize, classes, name.`,
  },
  eval: {
    line: "eval [run]                    test a trained model",
    more: `hebb eval [run | model.safetensors] [--device name] [--threads n] [--json]
Without a run: the latest.`,
  },
  predict: {
    line: "predict run picture.png …     which digit is in a picture",
    more: `hebb predict run|model.safetensors|latest picture.png … [--device name] [--json]
A photographed digit is evened out, inverted, cut out, scaled and centred, which is said.`,
  },
  devices: {
    line: "devices                       what there is to compute on",
    more: "hebb devices [--json]",
  },
  explain: {
    line: "explain program               the kernels of a program",
    more: `hebb explain digits | a workload of bench [options]
Kernels of one step with operations and bytes, and the time that each took.
  --roofline        also operations and bytes a second, and the share of what the device does at
                    best, which is measured first
  --device name, --threads n, --json`,
  },
  bench: {
    line: "bench [workload …]            median times of the reference workloads",
    more: `hebb bench [workload …] [--set sets] [--device name] [--threads n] [--seconds s]
hebb bench --compare [workload …] [--set sets] [--rounds n] [--write file] [--json] …
One line of JSON each: {"peer":"hebb-native","threads":2,"workload":"mlp","ms":…}
Without workloads or sets: the reference ones.
  --set a,b         base: the reference workloads · shapes: further products and convolutions ·
                    eager: no compile anywhere · growth: one size after another, to see how cost grows
  --seconds s       how long each is timed. Standard: 2; with --compare 0.5 each round
  --list            the workloads of each set
  --compare         in turn with PyTorch and OpenBLAS, on wasm with tfjs and jax-js; those that are
                    not installed are skipped with a reason (see bench/README.md). Tells workload,
                    ours, theirs, ratio, the machine's limit, and the limit as a share of ours.
                    Further sets: threads · start (import, first step) · memory · all
  --rounds n        how often all take their turn; the medians count. Standard: 5
  --write file      also the tables in Markdown, as in docs/benchmarks.md
  --json            what is found as lines of JSON
  --serve           answer a comparison's requests on stdin`,
  },
  results: {
    line: "results [name …]              train models anew and compare with what was published",
    more: `hebb results [name …] [--device name] [--threads n] [--json]
One line of JSON each, when it is trained: {"name","metric","ours","published","source","seconds"}.
Without names: all, which takes about an hour. Ends with 1 if a result misses its bound, or if what
must hold beside it ("holds") does not. What came out is in docs/results.md; the data must be in
HEBB_DATA.
  --list            what there is, without training`,
  },
  cache: {
    line: "cache clear                   remove compiled kernels from the disk",
    more: "hebb cache clear [--json]",
  },
};

/** The text of one command, or of all. */
export function help(name?: string): string {
  if (name !== undefined && Object.hasOwn(texts, name)) return commandHelp(name);
  const lines = Object.values(texts).map(({ line }) => `  hebb ${line}`);
  return `hebb: deep learning with its own tensor compiler\n\n${lines.join("\n")}\n\nhebb help train tells more about a command.`;
}

export function commandHelp(name: string): string {
  return texts[name]?.more ?? help();
}

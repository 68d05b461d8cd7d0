// Recurrent layers and cells against PyTorch: outputs, last states, gradients by inputs and
// by parameters; sequences of several lengths against PyTorch's packed ones.

import { beforeAll, describe, expect, test } from "vitest";
import { type Tensor, tensor } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import { realizeSync } from "../../src/tensor/engine.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { devicesHere, setDefaultDevice } from "../support/devices.ts";
import { expectTensor, type Float, golden, type Row, tensorOf, tolerances } from "./golden.ts";

interface Case {
  readonly name: string;
  readonly inputs: readonly Row[];
  readonly lengths: readonly number[] | null;
  readonly state: Record<string, Row>;
  readonly cotangents: readonly Row[];
  readonly outputs: readonly Row[];
  readonly inputGradients: readonly Row[];
  readonly gradients: Record<string, Row>;
}

const cases = golden<Case[]>("nn/recurrent.json");

interface Subject {
  readonly module: nn.Module;
  readonly run: (inputs: readonly Tensor[], lengths: Tensor | undefined) => readonly Tensor[];
}

/** A layer with one state. */
const simple = (module: nn.RNN | nn.GRU): Subject => ({
  module,
  run: ([x, h], lengths) => module.forward(x!, h, { lengths }),
});
const lstm = (module: nn.LSTM): Subject => ({
  module,
  run: ([x, h, c], lengths) => {
    const [y, last] = module.forward(x!, h && c ? [h, c] : undefined, { lengths });
    return [y, ...last];
  },
});

const both = { bidirectional: true } as const;
const make: Record<string, (dtype: Float) => Subject> = {
  rnn: (dtype) => simple(new nn.RNN(3, 2, { dtype })),
  "rnn relu with state": (dtype) => simple(new nn.RNN(2, 3, { nonlinearity: "relu", dtype })),
  "rnn without bias or batch": (dtype) => simple(new nn.RNN(2, 2, { bias: false, dtype })),
  "rnn bidirectional": (dtype) => simple(new nn.RNN(2, 2, { ...both, dtype })),
  "rnn deep": (dtype) => simple(new nn.RNN(2, 2, { layers: 3, dtype })),
  lstm: (dtype) => lstm(new nn.LSTM(3, 2, { dtype })),
  "lstm with state": (dtype) => lstm(new nn.LSTM(2, 2, { dtype })),
  "lstm deep bidirectional batch first": (dtype) =>
    lstm(new nn.LSTM(2, 2, { layers: 2, ...both, batchFirst: true, dtype })),
  gru: (dtype) => simple(new nn.GRU(3, 2, { dtype })),
  "gru deep bidirectional": (dtype) => simple(new nn.GRU(2, 2, { layers: 2, ...both, dtype })),
  "rnn packed": (dtype) => simple(new nn.RNN(2, 2, { dtype })),
  "lstm packed bidirectional batch first": (dtype) =>
    lstm(new nn.LSTM(2, 2, { layers: 2, ...both, batchFirst: true, dtype })),
  "gru packed bidirectional": (dtype) => simple(new nn.GRU(2, 2, { ...both, dtype })),
  "lstm projected": (dtype) =>
    lstm(new nn.LSTM(2, 3, { layers: 2, ...both, projection: 2, dtype })),
  "lstm projected packed": (dtype) =>
    lstm(new nn.LSTM(2, 3, { bias: false, projection: 1, dtype })),
  rnnCell: (dtype) => {
    const module = new nn.RNNCell(3, 2, { dtype });
    return { module, run: ([x, h]) => [module.forward(x!, h)] };
  },
  lstmCell: (dtype) => {
    const module = new nn.LSTMCell(3, 2, { dtype });
    return { module, run: ([x, h, c]) => module.forward(x!, [h!, c!]) };
  },
  gruCell: (dtype) => {
    const module = new nn.GRUCell(3, 2, { bias: false, dtype });
    return { module, run: ([x, h]) => [module.forward(x!, h)] };
  },
};

test("every golden layer is made, and every layer made is golden", () => {
  expect(cases.map((c) => c.name).sort()).toEqual(Object.keys(make).sort());
});

interface Results {
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly parameters: Record<string, Tensor>;
}

function prepare(c: Case, dtype: Float): Results {
  const { module, run } = make[c.name]!(dtype);
  const state = Object.entries(c.state).map(([key, row]) => [key, tensorOf(row, dtype)] as const);
  // Theirs loads strictly, and ours has their names in their order.
  module.loadStateDict(Object.fromEntries(state));
  expect(Object.keys(module.stateDict())).toEqual(Object.keys(c.state));
  const inputs = c.inputs.map((row) => tensorOf(row, dtype));
  const lengths = c.lengths === null ? undefined : tensor([...c.lengths], { dtype: "i32" });
  const outputs = run(inputs, lengths);
  const loss = outputs
    .map((y, i) => y.mul(tensorOf(c.cotangents[i]!, dtype)).sum())
    .reduce((a, b) => a.add(b));
  return { outputs, ...gradients(loss, { inputs, parameters: module.parameters() }) };
}

describe.each(devicesHere)("recurrent layers against PyTorch on %s", (device) => {
  describe.each(["f64", "f32"] as const)("%s", (dtype) => {
    const results = new Map<string, Results>();

    // All cases are one program: one run of the compiler.
    beforeAll(() => {
      setDefaultDevice(device);
      for (const c of cases) results.set(c.name, prepare(c, dtype));
      realizeSync(Object.fromEntries(results));
    });

    test.each(cases.map((c) => [c.name, c] as const))("%s", (_, c) => {
      const { outputs, inputs, parameters } = results.get(c.name)!;
      const tolerance = tolerances[dtype];
      for (const [i, row] of c.outputs.entries()) {
        expectTensor(outputs[i]!, row, tolerance, `output ${i}`);
      }
      for (const [i, row] of c.inputGradients.entries()) {
        expectTensor(inputs[i]!, row, tolerance, `input ${i}`);
      }
      expect(Object.keys(parameters)).toEqual(Object.keys(c.gradients));
      for (const [name, row] of Object.entries(c.gradients)) {
        expectTensor(parameters[name]!, row, tolerance, name);
      }
    });
  });
});

// Networks with an output at every step: Elman's feeds its hidden state to the next step, Jordan's its
// output. Seed 001 §1.6; seed 003 §RNN (the example with teacher forcing feeds both back).

import { ShapeError } from "../../ir/errors.ts";
import { zeros } from "../../tensor/create.ts";
import { tanh } from "../../tensor/functions.ts";
import { requireSizes } from "../../tensor/requirements.ts";
import { scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FloatType } from "../init.ts";
import { Linear } from "../linear.ts";
import { Module } from "../module.ts";
import { showShape } from "../shape.ts";

/** Options of networks that feed back, Elman and Jordan. */
export interface OutputNetworkOptions {
  /** F: of the hidden units. Default tanh. */
  activation?: (x: Tensor) => Tensor;
  /** H: of the outputs. Default none. */
  output?: (x: Tensor) => Tensor;
  /** Default f32. */
  dtype?: FloatType;
}

/** Options of Jordan. */
export interface JordanOptions extends OutputNetworkOptions {
  /** Whether the hidden state is fed back too. Default false: the output alone. */
  recurrent?: boolean;
}

/** Options of a pass through Jordan. */
export interface JordanForwardOptions {
  /** [time, batch, out]: true outputs that are fed to the step after in place of the net's own. */
  teacher?: Tensor;
}

/**
 * hᵗ = F(W·hᵗ⁻¹ + U·xᵗ + b), yᵗ = H(V·hᵗ + c).
 *
 * The recurrence is that of RNN, with a read-out.
 *
 * @source  Elman 1990, Finding Structure in Time; seed 001 §1.6; seed 002 (10.8)–(10.11)
 * @example
 * new Elman(3, 4, 2).forward(zeros([5, 1, 3])).shape; // [5, 1, 2]
 */
export class Elman extends Module {
  /** U and b */
  readonly input: Linear;
  /** W */
  readonly state: Linear;
  /** V and c */
  readonly readout: Linear;
  readonly activation: (x: Tensor) => Tensor;
  readonly output: ((x: Tensor) => Tensor) | undefined;

  constructor(
    inFeatures: number,
    hidden: number,
    outFeatures: number,
    { activation = tanh, output, dtype = "f32" }: OutputNetworkOptions = {},
  ) {
    super();
    requireSizes("Elman", { inFeatures, hidden, outFeatures });
    this.input = new Linear(inFeatures, hidden, { dtype });
    this.state = new Linear(hidden, hidden, { bias: false, dtype });
    this.readout = new Linear(hidden, outFeatures, { dtype });
    this.activation = activation;
    this.output = output;
  }

  /**
   * @param x  [time, batch, in]
   * @returns  [time, batch, out]
   * @throws ShapeError  the rank differs
   */
  forward(x: Tensor): Tensor {
    const y = this.readout.forward(this.states(x));
    return this.output === undefined ? y : this.output(y);
  }

  /** The hidden states: [time, batch, hidden]. */
  states(x: Tensor): Tensor {
    const inputs = projected("Elman", x, this.input); // [time, batch, hidden]
    const start = zeros(inputs.shape.slice(1), { dtype: inputs.dtype });
    const [, states] = scan(
      (h: Tensor, z: Tensor) => {
        const next = this.activation(z.add(this.state.forward(h)));
        return [next, next] as const;
      },
      start,
      inputs,
    );
    return states;
  }
}

/**
 * hᵗ = F(W·yᵗ⁻¹ + U·xᵗ + b), yᵗ = H(V·hᵗ + c): what comes back is the output, from zeros.
 *
 * @source  Jordan 1986; seed 001 §1.6; seed 003 §RNN, with `recurrent` and a teacher
 * @example
 * new Jordan(3, 4, 2).forward(zeros([5, 1, 3])).shape; // [5, 1, 2]
 */
export class Jordan extends Module {
  /** U and b */
  readonly input: Linear;
  /** W: from the output before */
  readonly feedback: Linear;
  /** From the hidden state before, where it is fed back too. */
  readonly state: Linear | undefined;
  /** V and c */
  readonly readout: Linear;
  readonly activation: (x: Tensor) => Tensor;
  readonly output: ((x: Tensor) => Tensor) | undefined;

  constructor(
    inFeatures: number,
    hidden: number,
    outFeatures: number,
    { activation = tanh, output, recurrent = false, dtype = "f32" }: JordanOptions = {},
  ) {
    super();
    requireSizes("Jordan", { inFeatures, hidden, outFeatures });
    this.input = new Linear(inFeatures, hidden, { dtype });
    this.feedback = new Linear(outFeatures, hidden, { bias: false, dtype });
    this.state = recurrent ? new Linear(hidden, hidden, { bias: false, dtype }) : undefined;
    this.readout = new Linear(hidden, outFeatures, { dtype });
    this.activation = activation;
    this.output = output;
  }

  /**
   * @param x  [time, batch, in]
   * @param options  teacher
   * @returns  [time, batch, out]
   * @throws ShapeError  the rank differs, or the teacher is not of the shape of the result
   */
  forward(x: Tensor, { teacher }: JordanForwardOptions = {}): Tensor {
    const inputs = projected("Jordan", x, this.input); // [time, batch, hidden]
    const [time, batch] = inputs.shape as [number, number, number];
    const outFeatures = this.readout.weight.shape[0] as number;
    const wanted = [time, batch, outFeatures];
    if (teacher !== undefined && showShape(teacher.shape) !== showShape(wanted)) {
      throw new ShapeError(
        `Jordan: the teacher must be ${showShape(wanted)}, not ${showShape(teacher.shape)}`,
      );
    }
    const none = (size: number): Tensor => zeros([batch, size], { dtype: inputs.dtype });
    const next = (z: Tensor, h: Tensor, y: Tensor): { h: Tensor; y: Tensor } => {
      let a = z.add(this.feedback.forward(y));
      if (this.state !== undefined) a = a.add(this.state.forward(h));
      const hidden = this.activation(a);
      const out = this.readout.forward(hidden);
      return { h: hidden, y: this.output === undefined ? out : this.output(out) };
    };
    const start = { h: none(inputs.shape[2] as number), y: none(outFeatures) };
    type State = { h: Tensor; y: Tensor };
    if (teacher === undefined) {
      const [, outputs] = scan(
        ({ h, y }: State, z: Tensor) => {
          const found = next(z, h, y);
          return [found, found.y] as const;
        },
        start,
        inputs,
      );
      return outputs;
    }
    const [, outputs] = scan(
      ({ h, y }: State, { z, truth }: { z: Tensor; truth: Tensor }) => {
        const found = next(z, h, y);
        return [{ h: found.h, y: truth }, found.y] as const;
      },
      start,
      { z: inputs, truth: teacher },
    );
    return outputs;
  }
}

function projected(name: string, x: Tensor, input: Linear): Tensor {
  if (x.rank === 3) return input.forward(x);
  throw new ShapeError(`${name}: the input must be [time, batch, in], not ${showShape(x.shape)}`);
}

// The one place of state-dict names that differ from field names: PyTorch's snake_case for the
// built-in layers, so that a state dict moves both ways under strict loading. A field renamed to ""
// leaves its own name out (the layers of a Sequential are "0", "1", …). Fields that are not listed,
// and all fields of users' own modules, keep their names. A record for each layer: programs load those of
// the layers that they have.

/** State-dict names by field. */
export type FieldNames = Readonly<Record<string, string>>;

export const module: FieldNames = {};

export const sequential: FieldNames = { layers: "" };

export const binaryCrossEntropy: FieldNames = { posWeight: "pos_weight" };

export const recurrentCell: FieldNames = {
  weightIh: "weight_ih",
  weightHh: "weight_hh",
  biasIh: "bias_ih",
  biasHh: "bias_hh",
};

export const batchNorm: FieldNames = {
  runningMean: "running_mean",
  runningVar: "running_var",
  numBatchesTracked: "num_batches_tracked",
};

export const multiheadAttention: FieldNames = {
  inProjWeight: "in_proj_weight",
  qProjWeight: "q_proj_weight",
  kProjWeight: "k_proj_weight",
  vProjWeight: "v_proj_weight",
  inProjBias: "in_proj_bias",
  biasK: "bias_k",
  biasV: "bias_v",
  outProj: "out_proj",
};

export const transformerLayer: FieldNames = {
  selfAttention: "self_attn",
  multiheadAttention: "multihead_attn",
};

/** Whether a name in a state dict is that of a bias: bias, 0.bias, bias_ih_l0. */
export const isBias = (name: string): boolean => /(?:^|\.)bias(?:_|$)/.test(name);

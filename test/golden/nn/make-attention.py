"""Writes attention.json: attention and the layers of transformers by PyTorch, in f64.

Run: python3 make-attention.py  (made with PyTorch 1.13)

Inputs and parameters are multiples of 1/8, exact in f32 too. Each case: the output, and the gradients
by inputs and parameters of the sum of the output times a cotangent. Masks are ours: true where a
query may look, the opposite of PyTorch's here. Layers train, with dropout 0, so that none takes a
path of its own.
"""

import json
import os

import torch
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def draw(*shape, scale=1.0):
    return torch.round(torch.randn(*shape) * 8 * scale) / 8


def row(t):
    t = t.detach()
    return {"shape": list(t.shape), "data": t.reshape(-1).tolist()}


cases = []


def case(name, module, inputs, call, masks=None):
    """`call(*inputs, **masks)`: masks are given to it as ours, and it turns them round."""
    masks = masks or {}
    for p in module.parameters():
        p.data = draw(*p.shape, scale=0.5)
    module.train()
    copies = [x.clone().requires_grad_(True) for x in inputs]
    y = call(*copies, **masks)
    g = draw(*y.shape)
    names = [n for n, _ in module.named_parameters()]
    found = torch.autograd.grad((y * g).sum(), [*copies, *module.parameters()])
    cases.append(
        {
            "name": name,
            "inputs": [row(x) for x in inputs],
            "masks": {k: row(m) for k, m in masks.items()},
            "state": {k: row(v) for k, v in module.state_dict().items()},
            "cotangent": row(g),
            "output": row(y),
            "inputGradients": [row(x) for x in found[: len(copies)]],
            "gradients": dict(zip(names, map(row, found[len(copies) :]))),
        }
    )


def causal(n, m=None):
    return torch.ones(n, n if m is None else m).tril().bool()


def padding(lengths, size):
    return torch.arange(size)[None] < torch.tensor(lengths)[:, None]


def attend(module):
    def call(q, k=None, v=None, mask=None, keyMask=None):
        k = q if k is None else k
        v = k if v is None else v
        y, _ = module(
            q,
            k,
            v,
            key_padding_mask=None if keyMask is None else ~keyMask,
            attn_mask=None if mask is None else (mask if mask.dtype != torch.bool else ~mask),
        )
        return y

    return call


def mha(name, inputs, masks=None, **options):
    module = nn.MultiheadAttention(6, 2, batch_first=True, **options)
    case(name, module, inputs, attend(module), masks)


mha("self-attention", [draw(2, 4, 6)])
mha("self-attention, causal", [draw(2, 4, 6)], {"mask": causal(4)})
mha("self-attention, padded", [draw(3, 4, 6)], {"keyMask": padding([4, 1, 3], 4)})
mha("self-attention, causal and padded", [draw(2, 4, 6)], {"mask": causal(4), "keyMask": padding([2, 4], 4)})
mha("self-attention, scores added", [draw(2, 3, 6)], {"mask": draw(3, 3)})
mha("self-attention without bias", [draw(2, 4, 6)], bias=False)
mha("self-attention without batch", [draw(4, 6)])
mha("cross-attention", [draw(2, 3, 6), draw(2, 5, 6)])
mha("cross-attention, keys and values", [draw(2, 3, 6), draw(2, 5, 6), draw(2, 5, 6)])
mha(
    "cross-attention of other widths",
    [draw(2, 3, 6), draw(2, 5, 4), draw(2, 5, 3)],
    {"keyMask": padding([5, 2], 5)},
    kdim=4,
    vdim=3,
)

size = {"dim_feedforward": 5, "dropout": 0.0, "batch_first": True}


def encode(module):
    def call(x, mask=None, keyMask=None):
        options = {"src_key_padding_mask": None if keyMask is None else ~keyMask}
        return module(x, None if mask is None else ~mask, **options)

    return call


def encoder(name, module, x, masks=None):
    case(name, module, [x], encode(module), masks)


encoder("encoder layer", nn.TransformerEncoderLayer(4, 2, **size), draw(2, 3, 4))
encoder(
    "encoder layer, norm first, gelu",
    nn.TransformerEncoderLayer(4, 2, norm_first=True, activation="gelu", layer_norm_eps=1e-3, **size),
    draw(2, 3, 4),
)
encoder(
    "encoder layer, causal and padded",
    nn.TransformerEncoderLayer(4, 2, **size),
    draw(2, 3, 4),
    {"mask": causal(3), "keyMask": padding([3, 2], 3)},
)
encoder(
    "encoder",
    nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, **size), 2, nn.LayerNorm(4)),
    draw(2, 3, 4),
    {"keyMask": padding([2, 3], 3)},
)


def decode(module):
    def call(x, memory, mask=None, keyMask=None, memoryKeyMask=None, memoryMask=None):
        flip = lambda m: None if m is None else ~m
        return module(
            x,
            memory,
            tgt_mask=flip(mask),
            memory_mask=flip(memoryMask),
            tgt_key_padding_mask=flip(keyMask),
            memory_key_padding_mask=flip(memoryKeyMask),
        )

    return call


def decoder(name, module, inputs, masks=None):
    case(name, module, inputs, decode(module), masks)


decoder("decoder layer, not causal", nn.TransformerDecoderLayer(4, 2, **size), [draw(2, 3, 4), draw(2, 4, 4)])
decoder(
    "decoder layer",
    nn.TransformerDecoderLayer(4, 2, **size),
    [draw(2, 3, 4), draw(2, 4, 4)],
    {"mask": causal(3), "memoryKeyMask": padding([2, 4], 4)},
)
decoder(
    "decoder layer, norm first",
    nn.TransformerDecoderLayer(4, 2, norm_first=True, activation="gelu", **size),
    [draw(2, 3, 4), draw(2, 4, 4)],
    {"mask": causal(3), "memoryMask": torch.tensor([[1, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 1]]).bool()},
)
decoder(
    "decoder",
    nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, **size), 2, nn.LayerNorm(4)),
    [draw(2, 3, 4), draw(2, 4, 4)],
    {"mask": causal(3), "keyMask": padding([3, 2], 3), "memoryKeyMask": padding([4, 3], 4)},
)

whole = nn.Transformer(4, 2, 1, 1, 5, dropout=0.0, batch_first=True)


def run(source, target, targetMask, sourceKeyMask, targetKeyMask):
    return whole(
        source,
        target,
        tgt_mask=~targetMask,
        src_key_padding_mask=~sourceKeyMask,
        tgt_key_padding_mask=~targetKeyMask,
        memory_key_padding_mask=~sourceKeyMask,
    )


case(
    "transformer",
    whole,
    [draw(2, 4, 4), draw(2, 3, 4)],
    run,
    {
        "targetMask": causal(3),
        "sourceKeyMask": padding([4, 2], 4),
        "targetKeyMask": padding([2, 3], 3),
    },
)

mha("self-attention, a learnt key", [draw(2, 4, 6)], {"mask": causal(4)}, add_bias_kv=True)
mha("self-attention, a key of zeros", [draw(2, 3, 6)], {"mask": draw(3, 3)}, add_zero_attn=True)
mha(
    "cross-attention, a learnt key and one of zeros",
    [draw(2, 3, 6), draw(2, 5, 4), draw(2, 5, 6)],
    {"keyMask": padding([5, 2], 5)},
    add_bias_kv=True,
    add_zero_attn=True,
    kdim=4,
)

with open(os.path.join(here, "attention.json"), "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")

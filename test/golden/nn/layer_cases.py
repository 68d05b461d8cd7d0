"""Cases of layers by PyTorch, in f64: what the make-*.py beside this file share.

Inputs are multiples of 1/4, exact in f32 too, with ties and zeros among them; the results are those
of f64. Every layer: output, and the gradients by input and parameters of the sum of output times a
cotangent.
"""

import json
import os

import torch
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def draw(*shape, scale=1.0):
    return torch.round(torch.randn(shape) * 4 * scale) / 4


def row(t):
    t = t.detach()
    return {"shape": list(t.shape), "data": t.reshape(-1).tolist()}


layers = []


def add(name, layer, x, train=True, repeats=1):
    for p in layer.parameters():
        p.data = draw(*p.shape, scale=0.5)
    if isinstance(layer, nn.Embedding) and layer.padding_idx is not None:
        layer.weight.data[layer.padding_idx] = 0
    for key, b in layer.named_buffers():
        if b.dtype.is_floating_point:
            b.data = torch.rand_like(b).mul(8).round().div(8) + 0.5
    layer.train(train)
    before = {k: row(v) for k, v in layer.state_dict().items()}
    for _ in range(repeats - 1):
        layer(x)
    floating = x.dtype.is_floating_point
    x = x.clone().requires_grad_(floating)
    y = layer(x)
    g = draw(*y.shape)
    wanted = ([x] if floating else []) + list(layer.parameters())
    found = list(torch.autograd.grad((y * g).sum(), wanted, allow_unused=True))
    by_input = row(found.pop(0)) if floating else None
    names = [n for n, _ in layer.named_parameters()]
    after = {k: row(v) for k, v in layer.state_dict().items()}
    layers.append(
        {
            "name": name,
            "train": train,
            "repeats": repeats,
            "input": row(x),
            "integer": not floating,
            "state": before,
            "cotangent": row(g),
            "output": row(y),
            "inputGradient": by_input,
            "gradients": dict(zip(names, map(row, found))),
            "after": after,
        }
    )


def write(name, value):
    with open(os.path.join(here, name), "w") as out:
        json.dump(value, out, separators=(",", ":"))
        out.write("\n")

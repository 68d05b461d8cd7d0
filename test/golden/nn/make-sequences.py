"""Writes sequences.json: connectionist temporal classification, and sequences packed and padded, by
PyTorch, in f64.

Run: python3 make-sequences.py  (made with PyTorch 1.13)

Logits are multiples of 1/4, exact in f32 too. Losses: the result, and the gradient by the logits of its
sum times a cotangent.
"""

import json
import os

import torch
from torch.nn import functional as F
from torch.nn.utils import rnn

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def draw(*shape):
    return torch.round(torch.randn(*shape) * 4) / 4


def row(t):
    return {"shape": list(t.shape), "data": [str(x) if x == float("inf") else x for x in t.detach().reshape(-1).tolist()]}


# Repeats, one label, none, and one that three steps cannot say (two of the same want a blank between).
targets = torch.tensor([[1, 1, 2, 3], [2, 3, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [2, 2, 1, 0]])
lengths = torch.tensor([4, 2, 1, 0, 3])
steps = torch.tensor([7, 5, 3, 6, 3])
logits = draw(7, 5, 4)


def ctc(reduction, zero_infinity, moved=0):
    blank = 0 if moved == 0 else 3
    said = targets if moved == 0 else (targets - 1).clamp(min=0)
    x = logits.clone().requires_grad_()
    possible = slice(0, 5) if zero_infinity else slice(0, 4)
    y = F.ctc_loss(
        x.log_softmax(-1)[:, possible],
        said[possible],
        steps[possible],
        lengths[possible],
        blank=blank,
        reduction=reduction,
        zero_infinity=zero_infinity,
    )
    g = draw(*y.shape) if y.dim() > 0 else torch.tensor(1.0)
    (gradient,) = torch.autograd.grad((y * g).sum(), [x])
    count = 5 if zero_infinity else 4
    return {
        "options": {"reduction": reduction, "zeroInfinity": zero_infinity, "blank": blank},
        "logits": row(logits[:, :count].contiguous()),
        "targets": said[:count].tolist(),
        "steps": steps[:count].tolist(),
        "lengths": lengths[:count].tolist(),
        "cotangent": row(g),
        "output": row(y),
        "gradient": row(gradient[:, :count].contiguous()),
    }


cases = [ctc(r, z) for r in ["mean", "sum", "none"] for z in [False, True]] + [ctc("mean", False, 1)]

sequences = [draw(n, 2) for n in [2, 5, 3, 1]]
packed = rnn.pack_sequence(sequences, enforce_sorted=False)
with open(os.path.join(here, "sequences.json"), "w") as out:
    json.dump(
        {
            "ctc": cases,
            "sequences": [row(s) for s in sequences],
            "packed": row(packed.data),
            "batchSizes": packed.batch_sizes.tolist(),
            "sortedIndices": packed.sorted_indices.tolist(),
            "padded": row(rnn.pad_sequence(sequences, padding_value=0.5)),
            "paddedBatchFirst": row(rnn.pad_sequence(sequences, batch_first=True)),
        },
        out,
        separators=(",", ":"),
    )
    out.write("\n")

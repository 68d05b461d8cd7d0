"""Writes recurrent.json: recurrent layers and cells by PyTorch, in f64.

Run: python3 make-recurrent.py  (made with PyTorch 1.13)

Each case: a module, its inputs in order, its outputs in order, and the gradients by inputs and
parameters of the sum of outputs times cotangents. With `lengths` the sequences went through
pack_padded_sequence and came back through pad_packed_sequence.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from layer_cases import draw, row, write

cases = []


def case(name, module, inputs, call, lengths=None):
    for p in module.parameters():
        p.data = draw(*p.shape, scale=0.5)
    inputs = [x.clone().requires_grad_() for x in inputs]
    outputs = call(module, *inputs)
    cotangents = [draw(*y.shape) for y in outputs]
    total = sum((y * g).sum() for y, g in zip(outputs, cotangents))
    names = [n for n, _ in module.named_parameters()]
    found = torch.autograd.grad(total, inputs + list(module.parameters()))
    cases.append(
        {
            "name": name,
            "inputs": [row(x) for x in inputs],
            "lengths": lengths,
            "state": {k: row(v) for k, v in module.state_dict().items()},
            "cotangents": [row(g) for g in cotangents],
            "outputs": [row(y) for y in outputs],
            "inputGradients": [row(g) for g in found[: len(inputs)]],
            "gradients": dict(zip(names, map(row, found[len(inputs) :]))),
        }
    )


def plain(m, x, *h):
    y, last = m(x, *h)
    return [y, *(last if isinstance(last, tuple) else [last])]


def memory(m, x, h, c):
    y, (h, c) = m(x, (h, c))
    return [y, h, c]


def packed(lengths):
    def call(m, x, *h):
        first = m.batch_first
        p = pack_padded_sequence(x, lengths, batch_first=first, enforce_sorted=False)
        y, last = m(p, *h)
        y, _ = pad_packed_sequence(y, batch_first=first, total_length=x.shape[1 if first else 0])
        return [y, *(last if isinstance(last, tuple) else [last])]

    return call


case("rnn", nn.RNN(3, 2), [draw(4, 2, 3)], plain)
case("rnn relu with state", nn.RNN(2, 3, nonlinearity="relu"), [draw(3, 2, 2), draw(1, 2, 3)], plain)
case("rnn without bias or batch", nn.RNN(2, 2, bias=False), [draw(4, 2)], plain)
case("rnn bidirectional", nn.RNN(2, 2, bidirectional=True), [draw(4, 2, 2), draw(2, 2, 2)], plain)
case("rnn deep", nn.RNN(2, 2, num_layers=3), [draw(3, 2, 2)], plain)
case("lstm", nn.LSTM(3, 2), [draw(4, 2, 3)], plain)
case("lstm with state", nn.LSTM(2, 2), [draw(3, 2, 2), draw(1, 2, 2), draw(1, 2, 2)], memory)
case(
    "lstm deep bidirectional batch first",
    nn.LSTM(2, 2, num_layers=2, bidirectional=True, batch_first=True),
    [draw(2, 3, 2), draw(4, 2, 2), draw(4, 2, 2)],
    memory,
)
case("gru", nn.GRU(3, 2), [draw(4, 2, 3)], plain)
case(
    "gru deep bidirectional",
    nn.GRU(2, 2, num_layers=2, bidirectional=True),
    [draw(3, 2, 2), draw(4, 2, 2)],
    plain,
)
case("rnn packed", nn.RNN(2, 2), [draw(4, 3, 2)], packed([2, 4, 1]), [2, 4, 1])
case(
    "lstm packed bidirectional batch first",
    nn.LSTM(2, 2, num_layers=2, bidirectional=True, batch_first=True),
    [draw(3, 4, 2)],
    packed([4, 1, 3]),
    [4, 1, 3],
)
case(
    "gru packed bidirectional",
    nn.GRU(2, 2, bidirectional=True),
    [draw(4, 3, 2), draw(2, 3, 2)],
    packed([3, 2, 4]),
    [3, 2, 4],
)
case("rnnCell", nn.RNNCell(3, 2), [draw(2, 3), draw(2, 2)], lambda m, x, h: [m(x, h)])
case(
    "lstmCell",
    nn.LSTMCell(3, 2),
    [draw(2, 3), draw(2, 2), draw(2, 2)],
    lambda m, x, h, c: list(m(x, (h, c))),
)
case("gruCell", nn.GRUCell(3, 2, bias=False), [draw(2, 3), draw(2, 2)], lambda m, x, h: [m(x, h)])
case(
    "lstm projected",
    nn.LSTM(2, 3, num_layers=2, bidirectional=True, proj_size=2),
    [draw(3, 2, 2), draw(4, 2, 2), draw(4, 2, 3)],
    memory,
)
case("lstm projected packed", nn.LSTM(2, 3, bias=False, proj_size=1), [draw(4, 2, 2)], packed([2, 4]), [2, 4])

write("recurrent.json", cases)

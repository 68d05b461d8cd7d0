"""Writes layers.json, losses.json and state-dict.json: layers and losses by PyTorch, in f64.

Run: python3 make-layers.py  (made with PyTorch 1.13)
"""

import itertools

import torch
from torch import nn
from torch.nn import functional as F

from layer_cases import add, draw, layers, row, write

add("linear", nn.Linear(5, 3), draw(4, 5))
add("linear without bias", nn.Linear(5, 3, bias=False), draw(2, 3, 5))
add("linear of a vector", nn.Linear(3, 2), draw(3))
add("conv2d", nn.Conv2d(2, 3, 3), draw(2, 2, 5, 6))
add("conv2d without batch", nn.Conv2d(2, 3, 3, padding=1), draw(2, 4, 5))
add(
    "conv2d stride padding dilation",
    nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2)),
    draw(2, 2, 7, 6),
)
add("conv2d groups", nn.Conv2d(4, 6, 3, groups=2, stride=2, bias=False), draw(2, 4, 7, 7))
add("conv2d depthwise", nn.Conv2d(3, 6, 3, groups=3, padding=1), draw(1, 3, 4, 4))
add("conv2d same", nn.Conv2d(1, 2, 4, padding="same", dilation=1), draw(1, 1, 5, 6))
for mode in ["reflect", "replicate", "circular"]:
    add(f"conv2d {mode}", nn.Conv2d(1, 2, 3, padding=(1, 2), padding_mode=mode), draw(2, 1, 4, 5))
add("conv2d pointwise", nn.Conv2d(3, 2, 1, stride=2), draw(2, 3, 3, 4))
add("maxPool2d", nn.MaxPool2d(2), draw(2, 2, 4, 5))
add("maxPool2d stride padding", nn.MaxPool2d(3, stride=2, padding=1), draw(2, 2, 6, 5))
add("maxPool2d dilation", nn.MaxPool2d((2, 3), stride=1, dilation=2), draw(1, 2, 5, 7))
add("maxPool2d ceil", nn.MaxPool2d(3, stride=2, ceil_mode=True), draw(1, 2, 6, 7))
add("maxPool2d ceil padding", nn.MaxPool2d(2, stride=3, padding=1, ceil_mode=True), draw(2, 1, 5, 6))
add("avgPool2d", nn.AvgPool2d(2), draw(2, 2, 4, 5))
add("avgPool2d padding", nn.AvgPool2d(3, stride=2, padding=1), draw(2, 2, 6, 5))
add(
    "avgPool2d padding not counted",
    nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
    draw(2, 2, 6, 5),
)
add("avgPool2d ceil", nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True), draw(1, 2, 6, 5))
add(
    "avgPool2d ceil not counted",
    nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    draw(1, 2, 6, 5),
)
add("flatten", nn.Flatten(), draw(2, 3, 4))
add("flatten from 0 to 1", nn.Flatten(0, 1), draw(2, 3, 4))
add("relu", nn.ReLU(), draw(4, 6))
add("sigmoid", nn.Sigmoid(), draw(4, 6, scale=4))
add("tanh", nn.Tanh(), draw(4, 6, scale=4))
add("gelu", nn.GELU(), draw(4, 6, scale=2))
add("gelu tanh", nn.GELU(approximate="tanh"), draw(4, 6, scale=2))
add("softmax", nn.Softmax(-1), draw(3, 5, scale=3))
add("softmax axis 1", nn.Softmax(1), draw(2, 3, 4, scale=3))
add("layerNorm", nn.LayerNorm(6), draw(3, 4, 6))
add("layerNorm two axes", nn.LayerNorm((3, 4), eps=1e-3), draw(2, 3, 4))
add("layerNorm plain", nn.LayerNorm(6, elementwise_affine=False), draw(3, 6))
add("batchNorm2d", nn.BatchNorm2d(3), draw(4, 3, 2, 3))
add("batchNorm2d eval", nn.BatchNorm2d(3), draw(4, 3, 2, 3), train=False)
add("batchNorm2d twice", nn.BatchNorm2d(2, momentum=0.3, eps=1e-3), draw(3, 2, 2, 2), repeats=2)
add("batchNorm2d cumulative", nn.BatchNorm2d(2, momentum=None), draw(3, 2, 2, 2), repeats=3)
add("batchNorm2d plain", nn.BatchNorm2d(2, affine=False), draw(3, 2, 2, 2))
add(
    "batchNorm2d untracked eval",
    nn.BatchNorm2d(2, track_running_stats=False),
    draw(3, 2, 2, 2),
    train=False,
)
add("embedding", nn.Embedding(5, 3), torch.tensor([[0, 4, 4], [1, 0, 2]]))
add("embedding padding", nn.Embedding(5, 3, padding_idx=1), torch.tensor([1, 0, 3, 1, 1]))
add("embedding padding from the end", nn.Embedding(4, 2, padding_idx=-1), torch.tensor([[3], [0]]))

losses = []


def loss(name, options, x, y, **tensors):
    x = x.clone().requires_grad_()
    f = getattr(F, name)
    value = f(x, y, **options, **tensors)
    g = draw(*value.shape) if value.dim() > 0 else torch.tensor(1.0)
    (found,) = torch.autograd.grad((value * g).sum(), [x])
    losses.append(
        {
            "name": name,
            "options": options,
            "tensors": {k: row(v) for k, v in tensors.items()},
            "input": row(x),
            "target": row(y),
            "integer": not y.dtype.is_floating_point,
            "cotangent": row(g),
            "output": row(value),
            "gradient": row(found),
        }
    )


reductions = ["mean", "sum", "none"]
weight = torch.tensor([0.5, 1.0, 2.0, 0.25])
labelled = [
    (draw(5, 4, scale=2), torch.tensor([0, 3, 1, 1, 2])),
    (draw(2, 4, 3, scale=2), torch.tensor([[0, 3, 3], [2, 1, 0]])),
    (draw(4, scale=2), torch.tensor(2)),
]
for (x, y), reduction, smoothing, weighted, ignore in itertools.product(
    labelled, reductions, [0.0, 0.1], [False, True], [None, 3]
):
    options = {"reduction": reduction, "label_smoothing": smoothing}
    if ignore is not None:
        options["ignore_index"] = ignore
    loss("cross_entropy", options, x, y, **({"weight": weight} if weighted else {}))
for shape, reduction, smoothing, weighted in itertools.product(
    [(3, 4), (2, 4, 3), (4,)], reductions, [0.0, 0.25], [False, True]
):
    y = torch.softmax(draw(*shape), 0 if len(shape) == 1 else 1)
    options = {"reduction": reduction, "label_smoothing": smoothing}
    tensors = {"weight": weight} if weighted else {}
    loss("cross_entropy", options, draw(*shape, scale=2), y, **tensors)
for reduction in reductions:
    loss("mse_loss", {"reduction": reduction}, draw(3, 4), draw(3, 4))
    x = torch.cat([draw(1, 5, scale=3), torch.tensor([[0.0, 50.0, -50.0, 800.0, -800.0]])])
    y = torch.tensor([[0.0, 1.0, 0.5, 1.0, 0.25], [0.5, 1.0, 1.0, 0.0, 0.0]])
    name = "binary_cross_entropy_with_logits"
    loss(name, {"reduction": reduction}, x, y)
    loss(name, {"reduction": reduction}, x, y, weight=torch.tensor([[0.5], [2.0]]))
    loss(name, {"reduction": reduction}, x, y, pos_weight=torch.tensor([3.0, 0.5, 1.0, 2.0, 1.0]))
    loss(
        name,
        {"reduction": reduction},
        x,
        y,
        weight=torch.tensor([[0.5], [2.0]]),
        pos_weight=torch.tensor([3.0, 0.5, 1.0, 2.0, 1.0]),
    )

model = nn.Sequential(
    nn.Conv2d(1, 3, 3, padding=1),
    nn.BatchNorm2d(3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(12, 6),
    nn.LayerNorm(6),
    nn.Sequential(nn.Linear(6, 4), nn.Tanh()),
).float()
for _ in range(3):
    model(torch.randn(5, 1, 4, 4).float())
model.eval()
x = torch.randn(2, 1, 4, 4).float()
state = {
    k: {**row(v), "dtype": str(v.dtype).replace("torch.", "")} for k, v in model.state_dict().items()
}
state_dict = {"state": state, "input": row(x), "output": row(model(x))}

write("layers.json", layers)
write("losses.json", losses)
write("state-dict.json", state_dict)

"""Writes normalization.json: the normalisations by PyTorch, in f64.

Run: python3 make-normalization.py  (made with PyTorch 1.13)
"""

import torch
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm

from layer_cases import add, draw, layers, write

add("batchNorm1d", nn.BatchNorm1d(3), draw(5, 3))
add("batchNorm1d of sequences", nn.BatchNorm1d(2, momentum=None), draw(3, 2, 4), repeats=2)
add("batchNorm1d eval", nn.BatchNorm1d(3), draw(1, 3), train=False)
add("batchNorm3d", nn.BatchNorm3d(2, eps=1e-3), draw(2, 2, 2, 3, 2), repeats=2)
add("batchNorm3d eval", nn.BatchNorm3d(2), draw(2, 2, 2, 1, 2), train=False)
add("instanceNorm1d", nn.InstanceNorm1d(3), draw(2, 3, 5))
add("instanceNorm1d without batch", nn.InstanceNorm1d(2, affine=True), draw(2, 5))
add("instanceNorm2d", nn.InstanceNorm2d(2, affine=True), draw(2, 2, 3, 2))
add(
    "instanceNorm2d tracked",
    nn.InstanceNorm2d(2, affine=True, track_running_stats=True, momentum=0.3),
    draw(3, 2, 3, 2),
    repeats=2,
)
add(
    "instanceNorm2d tracked eval",
    nn.InstanceNorm2d(2, track_running_stats=True),
    draw(2, 2, 3, 2),
    train=False,
)
add("instanceNorm2d constant", nn.InstanceNorm2d(1), torch.full((1, 1, 2, 2), 0.75))
add("instanceNorm3d", nn.InstanceNorm3d(2, eps=1e-2), draw(2, 2, 2, 2, 2))
add("groupNorm", nn.GroupNorm(2, 4), draw(2, 4, 3, 2))
add("groupNorm of vectors", nn.GroupNorm(2, 8, affine=False), draw(3, 8))
add("groupNorm one group", nn.GroupNorm(1, 3, eps=1e-3), draw(2, 3, 4))
add("localResponseNorm", nn.LocalResponseNorm(5), draw(2, 7, 2, 2, scale=4))
add(
    "localResponseNorm even",
    nn.LocalResponseNorm(4, alpha=0.5, beta=0.5, k=2.0),
    draw(2, 5, 3, scale=2),
)
add(
    "localResponseNorm wider than the channels",
    nn.LocalResponseNorm(9, alpha=1.0, beta=0.75, k=0.5),
    torch.cat([draw(1, 3, 1, 2), torch.zeros(1, 3, 1, 2)]),
)
add("weightNorm linear", weight_norm(nn.Linear(4, 3)), draw(2, 4))
add("weightNorm linear, one length", weight_norm(nn.Linear(4, 3), dim=None), draw(2, 4))
add("weightNorm conv2d", weight_norm(nn.Conv2d(2, 3, 2)), draw(2, 2, 3, 3))
add("weightNorm conv2d by input", weight_norm(nn.Conv2d(2, 3, 2), dim=1), draw(2, 2, 3, 3))
add("spectralNormalization linear", spectral_norm(nn.Linear(4, 3)), draw(2, 4), repeats=2)
add(
    "spectralNormalization linear eval",
    spectral_norm(nn.Linear(4, 3, bias=False)),
    draw(2, 4),
    train=False,
)
add(
    "spectralNormalization conv2d",
    spectral_norm(nn.Conv2d(2, 3, 2), n_power_iterations=3),
    draw(2, 2, 3, 3),
)
transposed = nn.ConvTranspose1d(2, 3, 2)
add("spectralNormalization convTranspose1d", spectral_norm(transposed), draw(2, 2, 3))

write("normalization.json", layers)

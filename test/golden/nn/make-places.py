"""Writes places.json: padding, pooling, resampling, shuffles, dropout's neighbours and other layers by
PyTorch, in f64, beside those of layers.json and convolution.json.

Run: python3 make-places.py  (made with PyTorch 1.13)

What 1.13 lacks is made here of what it has: padding of other ranks by F.pad, RMSNorm by its formula.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

from layer_cases import add, draw, layers, write


class Of(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def pad(*widths, mode="constant", value=0.0):
    return Of(lambda x: F.pad(x, widths, mode=mode, value=value))


# Widths are written from the last axis on, as PyTorch has them.
add("zeroPad1d", pad(1, 2), draw(2, 2, 3))
add("zeroPad2d", nn.ZeroPad2d((1, 0, 2, -1)), draw(2, 1, 3, 4))
add("zeroPad3d", pad(1, 1, 0, 1, 2, 0), draw(1, 2, 2, 2, 2))
add("constantPad1d", nn.ConstantPad1d((1, 2), 1.5), draw(2, 3))
add("constantPad2d", nn.ConstantPad2d(1, -0.5), draw(1, 2, 2, 2))
add("constantPad3d", nn.ConstantPad3d((0, 1, 1, 0, 1, 1), 2.0), draw(1, 1, 2, 1, 2))
add("reflectionPad1d", nn.ReflectionPad1d((2, 1)), draw(2, 2, 4))
add("reflectionPad2d", nn.ReflectionPad2d((1, 2, 0, 1)), draw(2, 3, 4))
add("reflectionPad3d", nn.ReflectionPad3d(1), draw(1, 1, 2, 3, 2))
add("replicationPad1d", nn.ReplicationPad1d((3, 1)), draw(2, 2, 2))
add("replicationPad2d", nn.ReplicationPad2d((1, 2, 0, 1)), draw(1, 2, 2, 3))
add("replicationPad3d", nn.ReplicationPad3d((1, 0, 2, 1, 0, 1)), draw(1, 1, 2, 1, 2))
add("circularPad1d", pad(2, 1, mode="circular"), draw(2, 2, 3))
add("circularPad2d", pad(1, 2, 0, 1, mode="circular"), draw(1, 2, 2, 3))
add("circularPad3d", pad(1, 1, 0, 1, 2, 0, mode="circular"), draw(1, 1, 2, 2, 2))

add("avgPool2d divisor", nn.AvgPool2d(2, stride=1, padding=1, divisor_override=3), draw(1, 2, 3, 3))
powers = draw(2, 2, 5, 4)
powers[0, 0, :2, :2] = 0
add("lpPool1d", nn.LPPool1d(2, 3, stride=2), draw(2, 2, 7))
add("lpPool2d", nn.LPPool2d(2, 2), powers)
add("lpPool2d ceil", nn.LPPool2d(3, (2, 3), stride=2, ceil_mode=True), powers.abs())
cubes = draw(1, 2, 2, 4, 2).abs()
add("lpPool3d", Of(lambda x: (F.avg_pool3d(x**2, 2) * 8).sqrt()), cubes)
tied = draw(2, 2, 6, 7)
samples = torch.tensor([[[0.1, 0.9], [0.5, 0.0]], [[0.75, 0.25], [0.99, 0.4]]])


def fractional2d(x):
    return F.fractional_max_pool2d(x, (2, 3), output_size=(4, 3), _random_samples=samples)


add("fractionalMaxPool2d", Of(fractional2d), tied)
deep = torch.tensor([[[0.1, 0.9, 0.3]]])


def fractional3d(x):
    return F.fractional_max_pool3d(x, 2, output_ratio=(0.7, 0.5, 0.6), _random_samples=deep)


add("fractionalMaxPool3d", Of(fractional3d), draw(1, 1, 5, 4, 5))


def unpooled(x):
    y, indices = F.max_pool2d(x, 2, stride=2, return_indices=True)
    return F.max_unpool2d(y * y, indices, 2, stride=2, output_size=x.shape[-2:])


add("maxUnpool2d", Of(unpooled), draw(2, 2, 4, 5))


def unpooled1d(x):
    y, indices = F.max_pool1d(x, 3, stride=3, padding=1, return_indices=True)
    return F.max_unpool1d(y * y, indices, 3, stride=3, padding=1)


add("maxUnpool1d", Of(unpooled1d), draw(2, 2, 7))


def unpooled3d(x):
    y, indices = F.max_pool3d(x, 2, return_indices=True)
    return F.max_unpool3d(y * y, indices, 2)


add("maxUnpool3d", Of(unpooled3d), draw(1, 2, 2, 4, 2))


def sized(mode, size=None, scale=None, align=None):
    return nn.Upsample(size=size, scale_factor=scale, mode=mode, align_corners=align)


add("upsample nearest", sized("nearest", scale=2), draw(2, 2, 3, 2))
add("upsample nearest down", sized("nearest", size=(2, 5)), draw(1, 1, 5, 3))
add("upsample nearest scale", sized("nearest", scale=1.5), draw(1, 2, 5))
add("upsample nearestExact", sized("nearest-exact", size=(2, 7)), draw(1, 1, 5, 4))
add("upsample nearestExact volume", sized("nearest-exact", scale=(2, 1.5, 0.5)), draw(1, 1, 2, 3, 4))
add("upsample linear", sized("linear", size=7), draw(2, 2, 4))
add("upsample linear aligned", sized("linear", size=7, align=True), draw(2, 2, 4))
add("upsample linear one", sized("linear", size=1, align=True), draw(1, 2, 4))
add("upsample bilinear", sized("bilinear", scale=(2, 1.7)), draw(2, 1, 3, 4))
add("upsample bilinear down", sized("bilinear", size=(2, 3)), draw(1, 2, 5, 7))
add("upsample bilinear aligned", nn.UpsamplingBilinear2d(size=(5, 2)), draw(1, 2, 3, 4))
add("upsample trilinear", sized("trilinear", size=(3, 2, 5)), draw(1, 1, 2, 3, 3))
add("upsample bicubic", sized("bicubic", size=(5, 7)), draw(1, 2, 3, 4))
add("upsample bicubic down", sized("bicubic", scale=(0.5, 2.5)), draw(1, 1, 6, 3))
add("upsample bicubic aligned", sized("bicubic", size=(5, 3), align=True), draw(1, 1, 3, 5))
add("upsample area", Of(lambda x: F.interpolate(x, size=(2, 5), mode="area")), draw(1, 2, 5, 3))

add("pixelShuffle", nn.PixelShuffle(2), draw(2, 8, 2, 3))
add("pixelShuffle more axes", nn.PixelShuffle(3), draw(2, 1, 9, 1, 2))
add("pixelUnshuffle", nn.PixelUnshuffle(2), draw(2, 2, 4, 6))


def shuffled(x):
    y = x.reshape(2, 3, 2, 2, 2).transpose(1, 2).reshape(2, 6, 2, 2)
    assert torch.equal(y, nn.ChannelShuffle(3)(x.detach()))  # which has no derivative in 1.13
    return y


add("channelShuffle", Of(shuffled), draw(2, 6, 2, 2))
add("unflatten", nn.Unflatten(1, (2, 3)), draw(2, 6, 2))
add("unfold", nn.Unfold((2, 3), dilation=(2, 1), padding=(1, 0), stride=(1, 2)), draw(2, 2, 4, 6))
add("unfold without batch", nn.Unfold(2), draw(1, 3, 3))
add("fold", nn.Fold((4, 5), (2, 3), dilation=(2, 1), padding=(1, 0), stride=(2, 1)), draw(2, 12, 6))
add("fold without batch", nn.Fold((3, 3), 2), draw(4, 4))
add("alphaDropout eval", nn.AlphaDropout(0.3), draw(3, 4), train=False)


class RMSNorm(nn.Module):
    def __init__(self, shape, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape))
        self.axes = tuple(range(-len(shape), 0))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(self.axes, keepdim=True) + self.eps) * self.weight


add("rmsNorm", RMSNorm((6,), 1e-5), draw(3, 4, 6))
add("rmsNorm two axes", RMSNorm((3, 4), 1e-3), draw(2, 3, 4))

bags = torch.tensor([[0, 4, 4], [1, 0, 2], [3, 3, 3]])
padded = torch.tensor([[0, 1, 4], [1, 1, 1], [1, 3, 0]])
for mode in ["sum", "mean", "max"]:
    add(f"embeddingBag {mode}", nn.EmbeddingBag(5, 3, mode=mode), bags)
    add(f"embeddingBag {mode} padding", nn.EmbeddingBag(5, 2, mode=mode, padding_idx=1), padded)


class Bags(nn.EmbeddingBag):
    """The bags one after the other; the second is empty."""

    def __init__(self, *args, offsets, factors=None, **options):
        super().__init__(*args, **options)
        self.offsets = torch.tensor(offsets)
        self.factors = None if factors is None else torch.tensor(factors)

    def forward(self, x):
        return super().forward(x, self.offsets, self.factors)


listed = torch.tensor([0, 4, 4, 1, 0, 2, 3])
for mode in ["sum", "mean", "max"]:
    add(f"embeddingBag {mode} list", Bags(5, 3, mode=mode, padding_idx=1, offsets=[0, 3, 3, 5]), listed)
add(
    "embeddingBag last offset",
    Bags(5, 3, mode="mean", include_last_offset=True, offsets=[0, 3, 3, 7]),
    listed,
)
add(
    "embeddingBag factors",
    Bags(5, 3, mode="sum", offsets=[0, 3, 5], factors=[0.5, 1.0, -2.0, 0.25, 0.0, 1.0, 3.0]),
    listed,
)


class Pair(nn.Bilinear):
    """The input cut in two."""

    def forward(self, x):
        return super().forward(x[..., :3], x[..., 3:])


add("bilinear", Pair(3, 2, 4), draw(5, 5))
add("bilinear without bias", Pair(3, 4, 1, bias=False), draw(2, 3, 7))


class Adaptive(nn.AdaptiveLogSoftmaxWithLoss):
    """Log-probabilities of the labels and of all classes, and the loss."""

    def forward(self, x):
        labels = torch.tensor([0, 9, 3, 4, 6, 2])
        y, loss = super().forward(x, labels)
        return torch.cat([y, self.log_prob(x).reshape(-1), loss.reshape(1)])


add("adaptiveLogSoftmax", Adaptive(8, 10, [3, 6], div_value=2.0), draw(6, 8))
add("adaptiveLogSoftmax bias", Adaptive(5, 10, [5], head_bias=True), draw(6, 5))

places = torch.tensor(
    [[[[-1.3, 0.2], [0.1, -0.6], [0.7, 1.6]], [[0.35, 0.15], [-0.45, 0.9], [2.6, -2.3]]]]
)
volume = torch.tensor([[[[[-0.3, 0.2, 0.7], [0.9, -1.3, 0.15]]]]])


def sampled(mode, padding, align):
    read = Of(lambda x: F.grid_sample(x, places, mode, padding, align))
    add(f"gridSample {mode} {padding}{' aligned' if align else ''}", read, draw(1, 2, 4, 3))


def by_grid(mode, padding):
    x = torch.arange(12.0).reshape(1, 1, 4, 3).sin()
    read = Of(lambda grid: F.grid_sample(x, grid, mode, padding, False))
    add(f"gridSample {mode} {padding} by grid", read, places)


sampled("nearest", "border", False)
sampled("nearest", "zeros", True)
sampled("bilinear", "zeros", False)
sampled("bilinear", "border", True)
sampled("bilinear", "reflection", False)
sampled("bilinear", "reflection", True)
sampled("bicubic", "zeros", True)
sampled("bicubic", "reflection", False)
for padding in ["zeros", "border", "reflection"]:
    by_grid("bilinear", padding)
by_grid("bicubic", "zeros")
add("gridSample volume", Of(lambda x: F.grid_sample(x, volume, align_corners=False)), draw(1, 2, 2, 3, 4))
add("affineGrid", Of(lambda t: F.affine_grid(t, [2, 1, 3, 2], align_corners=False)), draw(2, 2, 3))
add("affineGrid aligned", Of(lambda t: F.affine_grid(t, [2, 1, 3, 1], align_corners=True)), draw(2, 2, 3))
add("affineGrid volume", Of(lambda t: F.affine_grid(t, [1, 1, 2, 3, 2], align_corners=False)), draw(1, 3, 4))
lengths = draw(3, 4)
lengths[1] = 0
add("normalize", Of(lambda x: F.normalize(x, dim=1)), lengths)
add("normalize order 1", Of(lambda x: F.normalize(x, p=1.0, dim=-1, eps=0.5)), lengths)
apart = draw(4, 3)
apart[2] = apart[0]
add("pdist", Of(F.pdist), apart)
add("pdist order 3", Of(lambda x: F.pdist(x, 3.0)), apart)


def smooth(mode, align=False, **options):
    return Of(lambda x: F.interpolate(x, mode=mode, align_corners=align, antialias=True, **options))


add("upsample bilinear antialias", smooth("bilinear", size=(2, 3)), draw(1, 2, 5, 8))
add("upsample bilinear antialias up", smooth("bilinear", scale_factor=(2, 0.4)), draw(1, 1, 3, 9))
add("upsample bilinear antialias aligned", smooth("bilinear", True, size=(2, 4)), draw(1, 1, 7, 5))
add("upsample bicubic antialias", smooth("bicubic", size=(2, 3)), draw(1, 2, 9, 8))
add("upsample bicubic antialias up", smooth("bicubic", size=(7, 3)), draw(1, 1, 3, 5))


def with_indices(pool):
    def call(x):
        y, indices = pool(x)
        return torch.cat([y.flatten() * 2, indices.flatten().double()])

    return Of(call)


tied = draw(2, 2, 7).sign()
add("adaptiveMaxPool1d indices", with_indices(nn.AdaptiveMaxPool1d(3, return_indices=True)), tied)
tied = draw(2, 2, 5, 6).sign()
add("adaptiveMaxPool2d indices", with_indices(nn.AdaptiveMaxPool2d((3, 2), return_indices=True)), tied)
tied = draw(1, 2, 4, 3, 5).sign()
add("adaptiveMaxPool3d indices", with_indices(nn.AdaptiveMaxPool3d((2, 3, 2), return_indices=True)), tied)
tied = draw(2, 2, 6, 7).sign()


def fractional_indices(x):
    return F.fractional_max_pool2d(
        x, (2, 3), output_size=(4, 3), return_indices=True, _random_samples=samples
    )


add("fractionalMaxPool2d indices", with_indices(fractional_indices), tied)

words = torch.tensor([[0, 4, 4], [1, 0, 4]])
add("embedding maxNorm", nn.Embedding(5, 3, max_norm=0.75), words)
add("embedding maxNorm order 1", nn.Embedding(5, 3, max_norm=1.0, norm_type=1.0), words, repeats=2)
add("embedding scaleGradByFreq", nn.Embedding(5, 3, scale_grad_by_freq=True, padding_idx=1), words)
add("embeddingBag maxNorm", nn.EmbeddingBag(5, 3, max_norm=0.75, mode="sum"), words)


class RareBags(nn.Embedding):
    """What EmbeddingBag says of scale_grad_by_freq; in 1.13 it divides by how often another row was read."""

    def __init__(self, mode):
        super().__init__(5, 3, scale_grad_by_freq=True, padding_idx=1)
        self.mode = mode

    def forward(self, x):
        y = super().forward(x).sum(1)
        return y if self.mode == "sum" else y / (x != 1).sum(1, keepdim=True).clamp(min=1)


for mode in ["sum", "mean"]:
    add(f"embeddingBag scaleGradByFreq {mode}", RareBags(mode), words)
add("maskParameter", prune.random_unstructured(nn.Linear(3, 2), "weight", 0.5), draw(2, 3))
weights = torch.arange(24.0).reshape(4, 3, 2).sub(11.5).sin()


def pruned(method):
    return Of(lambda x: x * method.compute_mask(x.detach(), torch.ones_like(x)))


add("magnitudeMask", pruned(prune.L1Unstructured(0.4)), weights)
add("magnitudeMask of slices", pruned(prune.LnStructured(0.5, 2, dim=0)), weights)
add("magnitudeMask of slices, order 1", pruned(prune.LnStructured(0.34, 1, dim=1)), weights)


class Orthogonal(nn.Module):
    """A matrix by reflections, as in PyTorch's parametrizations.orthogonal with "householder"."""

    def __init__(self, out, inputs):
        super().__init__()
        self.weight_orig = nn.Parameter(torch.zeros(out, inputs))

    def forward(self, x):
        wide = self.weight_orig.shape[0] < self.weight_orig.shape[1]
        v = self.weight_orig.T if wide else self.weight_orig
        below = v.tril(diagonal=-1)
        q = torch.linalg.householder_product(below, 2 / (1 + (below * below).sum(0)))
        q = q * v.detach().diagonal().sign()
        return x @ (q if wide else q.T)


add("orthogonalParametrization", Orthogonal(4, 3), draw(2, 3))
add("orthogonalParametrization square", Orthogonal(3, 3), draw(2, 3))
add("orthogonalParametrization wide", Orthogonal(2, 4), draw(2, 4))

write("places.json", layers)

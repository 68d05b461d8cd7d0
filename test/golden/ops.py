"""Golden values and gradients of tensor operations from PyTorch (Debian's python3-torch 1.13).

Run with: /usr/bin/python3 test/golden/ops.py
Writes test/golden/ops.json: per case the inputs, the result and, where PyTorch differentiates it, the
gradient of sum(result * weights), weights = 1, 2, 3, ... / count, with respect to every float input.
"""

import json
import math
import os

import mpmath
import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(7)
INF = math.inf


def normal(*shape):
    return np.round(rng.normal(size=shape) * 1.5, 3)


def positive(*shape):
    return np.round(rng.uniform(0.1, 4, size=shape), 3)


def within(low, high, *shape):
    return np.round(rng.uniform(low, high, size=shape), 3)


def integers(low, high, *shape):
    return rng.integers(low, high, size=shape)


edges = np.array([-1000.0, -100.0, -30.0, -1.0, -0.5, 0.0, 0.5, 1.0, 30.0, 100.0, 1000.0])
ties = np.array([[1.0, 3.0, 3.0, 0.0], [2.0, 2.0, -1.0, 2.0], [0.0, -5.0, -5.0, -7.0]])
halves = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999, -3.2, 7.0])

cases = {}


def case(name, fn, *inputs, differentiate=True):
    tensors = []
    for x in inputs:
        t = torch.tensor(np.asarray(x))
        if t.dtype == torch.int64:
            t = t.to(torch.int32)
        if t.is_floating_point():
            t = t.double().requires_grad_(differentiate)
        tensors.append(t)
    # Index operations of PyTorch want int64.
    y = fn(*[t.long() if t.dtype == torch.int32 else t for t in tensors])
    entry = {"inputs": [pack(t) for t in tensors], "output": pack(y)}
    if differentiate and y.is_floating_point() and y.requires_grad:
        w = torch.arange(1, y.numel() + 1, dtype=torch.float64).reshape(y.shape) / max(1, y.numel())
        floats = [t for t in tensors if t.is_floating_point()]
        grads = torch.autograd.grad((y * w).sum(), floats, allow_unused=True)
        entry["gradients"] = [pack(torch.zeros_like(t) if g is None else g) for g, t in zip(grads, floats)]
    cases[name] = entry


def number(v):
    v = float(v)
    if math.isnan(v):
        return "NaN"
    if math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return int(v) if v == int(v) and abs(v) < 2**53 else v


def pack(t):
    kind = "bool" if t.dtype == torch.bool else "f64" if t.is_floating_point() else "i32"
    return {"shape": list(t.shape), "dtype": kind, "data": [number(v) for v in t.detach().reshape(-1).tolist()]}


# Elementwise, two operands
a, b, row = normal(2, 3), normal(2, 3), normal(3)
case("add", torch.add, a, row)
case("sub", torch.sub, a, row)
case("mul", torch.mul, a, row)
case("div", torch.div, a, positive(3))
case("floorDivide", lambda x, y: torch.floor_divide(x, y), np.array([7.0, -7.0, 7.5, 1.0, 0.0]), np.array([2.0, 2.0, -2.0, 0.25, 3.0]), differentiate=False)
case("mod", torch.remainder, np.array([7.0, -7.0, 7.5, -7.5]), np.array([2.0, 2.0, -2.0, -2.0]), differentiate=False)
case("pow", torch.pow, positive(2, 3), normal(2, 3))
case("pow negative base", torch.pow, np.array([-2.0, -3.0, -1.5, -2.0, -2.0]), np.array([3.0, 2.0, -1.0, 0.0, 0.5]), differentiate=False)
case("pow at zero", torch.pow, np.zeros(4), np.array([1.0, 2.0, 3.0, 0.0]), differentiate=False)
for p in (2, 3, 5, -1, -2, 0.5, -0.5, 1.5, 0, 1, 2.7):
    case(f"pow {p}", lambda x, p=p: torch.pow(x, p), positive(5))
case("pow integers", torch.pow, integers(-4, 5, 6), integers(0, 6, 6))
case("maximum", torch.maximum, np.array([1.0, 2.0, 3.0, -1.0]), np.array([1.0, 3.0, 2.0, -1.0]))
case("minimum", torch.minimum, np.array([1.0, 2.0, 3.0, -1.0]), np.array([1.0, 3.0, 2.0, -1.0]))
case("atan2", torch.atan2, np.array([1.0, 1.0, -1.0, -1.0, 0.0, 2.0, -3.0, 0.3]), np.array([1.0, -1.0, 1.0, -1.0, 1.0, 0.0, 0.5, -9.0]))
case("lerp", lambda x, y: torch.lerp(x, y, 0.3), a, b)
case("where", lambda c, x, y: torch.where(c, x, y), np.array([True, False, True]), normal(2, 3), normal(3))
case("maskedFill", lambda x, m: x.masked_fill(m, -9.0), normal(2, 3), np.array([True, False, True]))
for name in ("less", "less_equal", "greater", "greater_equal", "eq", "ne"):
    case(name, getattr(torch, name), np.array([1.0, 2.0, math.nan, 0.0]), np.array([1.0, 3.0, math.nan, -1.0]), differentiate=False)
case("clamp", lambda x: torch.clamp(x, -1.0, 1.0), np.array([-2.0, -1.0, 0.3, 1.0, 5.0, INF, -INF]))
case("bitwiseAnd", torch.bitwise_and, integers(-99, 99, 6), integers(-99, 99, 6))
case("bitwiseOr", torch.bitwise_or, integers(-99, 99, 6), integers(-99, 99, 6))
case("bitwiseXor", torch.bitwise_xor, integers(-99, 99, 6), integers(-99, 99, 6))
case("bitwiseNot", torch.bitwise_not, integers(-99, 99, 6))
case("shiftLeft", lambda x: x << 3, integers(-99, 99, 6))
case("shiftRight", lambda x: x >> 2, integers(-99, 99, 6))

# Elementwise, one operand
for name in ("neg", "abs", "sign", "square", "exp", "exp2", "expm1", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh", "erf", "erfc", "relu", "sigmoid"):
    case(name, getattr(torch, name), np.concatenate([normal(6), [0.0]]))
for name in ("log", "log1p", "log2", "log10", "sqrt", "rsqrt", "reciprocal"):
    case(name, getattr(torch, name), positive(6))
for name in ("asin", "acos", "atanh", "erfinv"):
    case(name, getattr(torch, name), np.concatenate([within(-0.95, 0.95, 6), [0.0]]))
case("acosh", torch.acosh, within(1.05, 9, 5))
case("asin wide", torch.asin, np.array([-1.0, 1.0, 0.999999, 0.5]), differentiate=False)
case("acos wide", torch.acos, np.array([-1.0, 1.0, 0.999999, -0.5]), differentiate=False)
case("atan wide", torch.atan, np.array([-1e30, -50.0, -1.0, 1.0, 1.0001, 3.0, 1e30]))
case("asinh wide", torch.asinh, np.array([-1e30, -2e6, -50.0, 1e-5, 999999.0, 1e13]))
case("acosh wide", torch.acosh, np.array([1.0, 50.0, 999999.0, 2e6, 1e30]), differentiate=False)
case("sinh wide", torch.sinh, np.array([-80.0, -1.0, 1e-6, 1.0, 80.0]))
case("cosh wide", torch.cosh, np.array([-80.0, -1.0, 0.0, 1.0, 80.0]))
case("erfc wide", torch.erfc, np.array([-6.0, -0.5, 0.4999, 0.5, 1.0, 2.0, 4.0, 8.0, 40.0]))
# PyTorch 1.13 is off by 8e-12 here.
case("erfinv wide", lambda x: torch.tensor([float(mpmath.erfinv(v)) for v in x.tolist()]), np.array([-0.999999, 0.9999, 1.0, -1.0]), differentiate=False)
case("floor", torch.floor, halves)
case("ceil", torch.ceil, halves)
case("round", torch.round, halves)
case("trunc", torch.trunc, halves)
case("isNaN", torch.isnan, np.array([1.0, math.nan, INF, -INF]), differentiate=False)
case("isFinite", torch.isfinite, np.array([1.0, math.nan, INF, -INF]), differentiate=False)
case("isInf", torch.isinf, np.array([1.0, math.nan, INF, -INF]), differentiate=False)
case("relu edges", torch.relu, edges)
case("leakyRelu", lambda x: F.leaky_relu(x, 0.1), edges)
case("sigmoid edges", torch.sigmoid, edges)
case("logSigmoid", F.logsigmoid, edges)
case("softplus", F.softplus, np.array([-1000.0, -15.0, -1.0, 0.0, 1.0, 15.0, 1000.0]))
case("softplus beta", lambda x: F.softplus(x, beta=2.0, threshold=1e9), normal(6))
case("softsign", F.softsign, edges)
case("silu", F.silu, edges)
case("gelu", F.gelu, edges)
case("gelu tanh", lambda x: F.gelu(x, approximate="tanh"), edges)
case("elu", lambda x: F.elu(x, 1.3), edges)
case("selu", F.selu, edges)
case("mish", F.mish, np.array([-30.0, -1.0, -0.5, 0.0, 0.5, 30.0]))
# Its gradient in PyTorch 1.13 is rounded to f32.
case("hardsigmoid", F.hardsigmoid, np.array([-5.0, -1.0, 0.0, 2.0, 9.0]), differentiate=False)

# Movement
m = normal(2, 3, 4)
case("reshape", lambda x: x.reshape(4, -1), m)
case("permute", lambda x: x.permute(2, 0, 1), m)
case("transpose", lambda x: x.transpose(0, 2), m)
case("mT", lambda x: x.mT, m)
case("moveAxis", lambda x: torch.movedim(x, 0, 2), m)
case("squeeze", lambda x: x.squeeze(1), normal(2, 1, 3))
case("unsqueeze", lambda x: x.unsqueeze(-1), normal(2, 3))
case("expand", lambda x: x.expand(4, 2, 3), normal(2, 1))
case("flatten", lambda x: x.flatten(1), m)
case("unflatten", lambda x: x.unflatten(2, (2, -1)), m)
case("flip", lambda x: x.flip(0, 2), m)
case("slice", lambda x: x[:, 1:3], m)
case("slice backwards", lambda x: x[:, :, [3, 1]], m)
case("unfold", lambda x: x.unfold(1, 3, 2), normal(2, 8))
case("diagonal", lambda x: torch.diagonal(x, 1, -2, -1), m)
case("diagonal below", lambda x: torch.diagonal(x, -1, -2, -1), m)
case("diag", lambda x: torch.diag(x, 1), normal(3))
case("diag below", lambda x: torch.diag(x, -2), normal(3))
case("tril", lambda x: torch.tril(x, 1), m)
case("triu", lambda x: torch.triu(x, -1), m)
case("trace", torch.trace, normal(3, 4))
case("pad", lambda x: F.pad(x, (1, 2, 0, 1), value=9.0), normal(2, 3))
case("pad negative", lambda x: F.pad(x, (-1, 2)), normal(2, 3))
case("pad reflect", lambda x: F.pad(x, (2, 1), mode="reflect"), normal(1, 2, 4))
case("pad replicate", lambda x: F.pad(x, (2, 1), mode="replicate"), normal(1, 2, 4))
case("pad circular", lambda x: F.pad(x, (2, 1), mode="circular"), normal(1, 2, 4))
case("concat", lambda x, y: torch.cat([x, y], 1), normal(2, 3), normal(2, 2))
case("stack", lambda x, y: torch.stack([x, y], 1), normal(2, 3), normal(2, 3))
case("split", lambda x: x.split([1, 3], 1)[1], normal(2, 4))
case("chunk", lambda x: x.chunk(3, 1)[1], normal(2, 7))
case("tile", lambda x: torch.tile(x, (2, 1, 2)), normal(2, 3))
case("repeatInterleave", lambda x: torch.repeat_interleave(x, 2, 1), normal(2, 3))
case("roll", lambda x: torch.roll(x, -2, 1), normal(2, 5))
case("oneHot", lambda i: F.one_hot(i, 4), np.array([[0, 3], [2, 1]]))

# Reductions
case("sum", lambda x: x.sum((0, 2)), m)
case("sum all", lambda x: x.sum(), m)
case("mean", lambda x: x.mean(1, keepdim=True), m)
case("prod", lambda x: x.prod(1), np.array([[1.0, 2.0, 3.0], [2.0, 0.0, 4.0], [0.0, 5.0, 0.0]]))
case("max", lambda x: x.max(1).values, ties)
case("min", lambda x: x.min(1).values, -ties)
case("max all", lambda x: x.max(), ties)
case("amax", lambda x: x.amax(1), ties)
case("amin", lambda x: x.amin(1, keepdim=True), ties)
case("argMax", lambda x: x.argmax(1), m)
case("argMin", lambda x: x.argmin(0), m)
case("argMax all", lambda x: x.argmax(), m)
case("any", lambda x: x.bool().any(1), np.array([[0.0, 0.0], [1.0, 0.0]]), differentiate=False)
case("all", lambda x: x.bool().all(1), np.array([[0.0, 1.0], [1.0, 2.0]]), differentiate=False)
case("countNonZero", lambda x: torch.count_nonzero(x, 1), np.array([[0.0, 0.0], [1.0, 2.0]]), differentiate=False)
case("var", lambda x: x.var(1), m)
case("var population", lambda x: x.var((0, 2), unbiased=False, keepdim=True), m)
case("std", lambda x: x.std(1), np.array([[1.0, 2.0, 4.0], [3.0, 3.0, 3.0]]))
case("norm", lambda x: torch.linalg.vector_norm(x, dim=1), np.array([[3.0, 4.0], [0.0, 0.0]]))
case("norm 1", lambda x: torch.linalg.vector_norm(x, 1, dim=1), normal(2, 3))
case("norm 3", lambda x: torch.linalg.vector_norm(x, 3, dim=1), normal(2, 3))
case("norm max", lambda x: torch.linalg.vector_norm(x, INF, dim=1), normal(2, 3))
case("logSumExp", lambda x: torch.logsumexp(x, 1), np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, -1000.0], [-INF, 0.0, 1.0]]))
case("logSumExp infinite", lambda x: torch.logsumexp(x, 1), np.array([[-INF, -INF], [INF, 0.0]]), differentiate=False)
case("softmax", lambda x: torch.softmax(x, -1), np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, -1000.0], [-INF, 0.0, 1.0]]))
case("softmax axis", lambda x: torch.softmax(x, 0), m)
case("logSoftmax", lambda x: torch.log_softmax(x, -1), np.array([[1.0, 2.0, 3.0], [1000.0, 1000.0, -1000.0]]))

# Order
case("sort", lambda x: x.sort(1).values, m)
case("sort descending", lambda x: x.sort(-1, descending=True).values, m)
case("argSort", lambda x: torch.sort(x, dim=1, stable=True).indices, ties, differentiate=False)
case("topK", lambda x: x.topk(2, 1).values, m)
case("topK indices", lambda x: x.topk(2, -1, largest=False).indices, m, differentiate=False)
case("median", lambda x: x.median(1).values, normal(3, 4))
case("quantile", lambda x: torch.quantile(x, 0.3, 1), normal(3, 6))
case("cumSum", lambda x: x.cumsum(1), m)
case("cumSum reverse", lambda x: x.flip(1).cumsum(1).flip(1), m)
case("cumProd", lambda x: x.cumprod(-1), normal(2, 7))
case("cumMax", lambda x: x.cummax(-1).values, np.array([[3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0]]))

# Products
case("matmul", torch.matmul, normal(2, 3), normal(3, 4))
case("matmul batch", torch.matmul, normal(2, 1, 2, 3), normal(3, 3, 2))
case("matmul vector", torch.matmul, normal(3), normal(2, 3, 2))
case("matmul by vector", torch.matmul, normal(2, 2, 3), normal(3))
case("matmul inner", torch.matmul, normal(3), normal(3))
case("dot", torch.dot, normal(4), normal(4))
case("outer", torch.outer, normal(2), normal(3))
case("tensorDot", lambda x, y: torch.tensordot(x, y, 2), normal(2, 3, 4), normal(3, 4, 2))
case("tensorDot axes", lambda x, y: torch.tensordot(x, y, ([2, 0], [0, 1])), normal(2, 3, 4), normal(4, 2, 5))
case("einsum chain", lambda x, y, z: torch.einsum("ij,jk,kl->il", x, y, z), normal(2, 3), normal(3, 4), normal(4, 2))
case("einsum batch", lambda x, y: torch.einsum("bij,bjk->bik", x, y), normal(2, 3, 2), normal(2, 2, 3))
case("einsum trace", lambda x: torch.einsum("ii", x), normal(3, 3))
case("einsum diagonal", lambda x: torch.einsum("bii->bi", x), normal(2, 3, 3))
case("einsum implicit", lambda x, y: torch.einsum("ba,cb", x, y), normal(2, 3), normal(4, 2))
case("einsum dots", lambda x, y: torch.einsum("...ij,...jk->...ik", x, y), normal(2, 1, 2, 3), normal(4, 3, 2))
case("einsum outer", lambda x, y: torch.einsum("i,j->ji", x, y), normal(2), normal(3))
case("einsum sum", lambda x: torch.einsum("ijk->k", x), m)
case("einsum permute", lambda x: torch.einsum("ijk->kij", x), m)
case("bilinear", lambda x, y, w: F.bilinear(x, y, w), normal(2, 3), normal(2, 4), normal(5, 3, 4))

# Convolution and pooling
case("conv1d", lambda x, w, c: F.conv1d(x, w, c, stride=2, padding=1), normal(2, 3, 7), normal(4, 3, 3), normal(4))
case("conv2d", lambda x, w, c: F.conv2d(x, w, c), normal(2, 3, 5, 6), normal(4, 3, 3, 2), normal(4))
case("conv2d strided", lambda x, w: F.conv2d(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2)), normal(1, 2, 6, 7), normal(3, 2, 3, 3))
case("conv2d groups", lambda x, w: F.conv2d(x, w, padding=1, groups=2), normal(1, 4, 4, 4), normal(6, 2, 3, 3))
case("conv2d depthwise", lambda x, w: F.conv2d(x, w, groups=3), normal(1, 3, 4, 4), normal(3, 1, 2, 2))
case("conv2d pointwise", lambda x, w: F.conv2d(x, w, stride=2), normal(1, 3, 4, 5), normal(2, 3, 1, 1))
case("conv2d same", lambda x, w: F.conv2d(x, w, padding="same"), normal(1, 1, 4, 5), normal(1, 1, 3, 2))
case("conv2d unbatched", lambda x, w: F.conv2d(x, w), normal(2, 4, 4), normal(3, 2, 2, 2))
case("conv3d", lambda x, w: F.conv3d(x, w, stride=(1, 2, 1)), normal(1, 2, 3, 4, 4), normal(2, 2, 2, 2, 3))
case("convTranspose1d", lambda x, w: F.conv_transpose1d(x, w, stride=2), normal(1, 2, 4), normal(2, 3, 3))
case("convTranspose2d", lambda x, w, c: F.conv_transpose2d(x, w, c, stride=2, padding=1, output_padding=1), normal(1, 2, 3, 4), normal(2, 3, 3, 3), normal(3))
case("convTranspose2d groups", lambda x, w: F.conv_transpose2d(x, w, stride=(3, 1), groups=2, dilation=(1, 2)), normal(1, 4, 2, 3), normal(4, 3, 2, 2))
pool = np.array([[[[1.0, 1.0, 0.0, 2.0, 5.0], [1.0, 0.0, 2.0, 2.0, 5.0], [-1.0, -1.0, 3.0, 3.0, 5.0], [-1.0, -2.0, 0.0, 3.0, 5.0]]]])
case("maxPool2d", lambda x: F.max_pool2d(x, 2), pool)
case("maxPool2d overlapping", lambda x: F.max_pool2d(x, 3, stride=1, padding=1), pool)
case("maxPool2d dilated", lambda x: F.max_pool2d(x, (2, 2), stride=(1, 2), dilation=(2, 1)), pool)
case("maxPool1d", lambda x: F.max_pool1d(x, 3, stride=2), normal(2, 2, 8))
case("avgPool2d", lambda x: F.avg_pool2d(x, 2), normal(1, 2, 4, 5))
case("avgPool2d padded", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1), normal(1, 2, 5, 5))
case("avgPool2d inner", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False), normal(1, 2, 5, 5))

# Indexing
i2 = np.array([[2, 0], [-1, 1]])
case("at integer", lambda x: x[-1], m)
case("at slices", lambda x: x[:, 1:, ::2], m)
case("at dots", lambda x: x[..., -1], m)
case("at new", lambda x: x[:, None, 0], m)
case("at tensor", lambda x, i: x[:, i], m, i2)
case("at tensors", lambda x, i, j: x[i, j], m, np.array([0, 1, -1]), np.array([[2], [0]]))
case("at tensors apart", lambda x, i, j: x[i, :, j], m, np.array([0, 1, 1]), np.array([3, -1, 0]))
case("at mixed", lambda x, i: x[1, ..., i], m, np.array([3, 0]))
case("take", lambda x, i: x[:, :, i], m, np.array([3, 0, 0]))
case("gather", lambda x, i: torch.gather(x, 1, i), normal(3, 4), np.array([[0, 3], [1, 1]]))
case("scatter", lambda x, i, v: torch.scatter(x, 1, i, v), normal(2, 4), np.array([[0, 3], [2, 1]]), normal(2, 2))
case("scatterAdd", lambda x, i, v: torch.scatter_add(x, 0, i, v), normal(4, 2), np.array([[0, 3], [0, 1], [3, 3]]), normal(3, 2))
case("scatterAdd corner", lambda x, i, v: torch.scatter_add(x, 0, i, v), normal(4, 3), np.array([[0, 3], [0, 1]]), normal(2, 2))
case("indexAdd", lambda x, i, v: torch.index_add(x, 1, i, v), normal(2, 4), np.array([1, 3, 1]), normal(2, 3))


def assigned(x, v, *index):
    y = x.clone()
    y[index] = v
    return y


case("set slice", lambda x, v: assigned(x, v, slice(None), slice(1, 3)), m, normal(2, 1, 4))
case("set integer", lambda x, v: assigned(x, v, 1, Ellipsis, 2), m, normal(3))
case("set step", lambda x, v: assigned(x, v, slice(None), slice(0, 3, 2), slice(1, None, 2)), m, normal(2))
case("set tensor", lambda x, v, i: assigned(x, v, slice(None), i), m, normal(2, 2, 4), np.array([2, 0]))
case("set tensors", lambda x, v, i, j: assigned(x, v, i, slice(None), j), m, normal(2, 3), np.array([0, 1]), np.array([3, -1]))
case("binCount", lambda x: torch.bincount(x, minlength=5), np.array([0, 3, 3, 1]))

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "ops.json"), "w") as f:
    f.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in cases.items()) + "\n}\n")
print(len(cases), "cases")

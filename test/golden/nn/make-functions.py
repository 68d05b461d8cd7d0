"""Writes activations.json and loss-functions.json: functions of nn by PyTorch, in f64.

Run: python3 make-functions.py  (made with PyTorch 1.13)

Inputs are multiples of 1/4, exact in f32 too, with ties and zeros among them, and where a function
has a value there, infinities. Every case: the result, and the gradients by all floating inputs of
the sum of the result times a cotangent. Names and options are ours: camelCase.
"""

import json
import math
import os

import torch
from torch.nn import functional as F

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
infinity = math.inf


def draw(*shape, scale=1.0):
    return torch.round(torch.randn(*shape) * 4 * scale) / 4


def number(x):
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return x


def row(t):
    t = t.detach()
    data = t.reshape(-1).tolist()
    return {"shape": list(t.shape), "data": [number(x) if isinstance(x, float) else x for x in data]}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def case(name, value, options, inputs, module=None):
    """`value` of copies of `inputs`; an input that is not floating, or held still, has no gradient."""
    copies = [x.clone().requires_grad_(x.dtype.is_floating_point) for x in inputs]
    y = value(*copies)
    g = draw(*y.shape) if y.dim() > 0 else torch.tensor(1.0)
    asked = [x for x in copies if x.requires_grad]
    found = iter(torch.autograd.grad((y * g).sum(), asked, allow_unused=True))
    gradients = [next(found) if x.requires_grad else None for x in copies]
    return {
        "name": name,
        "module": module,
        "options": options,
        "inputs": [row(x) for x in inputs],
        "integers": [not x.dtype.is_floating_point for x in inputs],
        "cotangent": row(g),
        "output": row(y),
        "gradients": [None if x is None else row(x) for x in gradients],
    }


activations = []
corners = [-6.0, -3.0, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 3.0, 6.0]


def activation(name, value, module=None, options=None, ends=(), x=None):
    """`ends`: what of ∞, −∞ has a value that is no NaN, and so has its gradient."""
    if x is None:
        x = torch.cat([draw(12, scale=2), torch.tensor(corners + list(ends))])
    activations.append(case(name, value, options or {}, [x], module))


both = (infinity, -infinity)
activation("relu", F.relu, "ReLU", ends=both)
activation("leakyRelu", F.leaky_relu, "LeakyReLU", ends=both)
module_only = {"negativeSlope": 0.25}
activation("LeakyReLU", lambda x: F.leaky_relu(x, 0.25), "LeakyReLU", module_only, both)
activation("elu", F.elu, "ELU", ends=both)
activation("elu", lambda x: F.elu(x, 1.5), "ELU", {"alpha": 1.5}, both)
activation("celu", F.celu, "CELU", ends=both)
activation("celu", lambda x: F.celu(x, 1.5), "CELU", {"alpha": 1.5}, both)
activation("selu", F.selu, "SELU", ends=both)
activation("gelu", F.gelu, "GELU", ends=(infinity,))
activation("gelu", lambda x: F.gelu(x, approximate="tanh"), "GELU", {"approximate": "tanh"})
activation(
    "gelu", lambda x: x * torch.sigmoid(1.702 * x), "GELU", {"approximate": "sigmoid"}
)
activation("silu", F.silu, "SiLU")
activation("swish", F.silu, "Swish")
activation("swish", lambda x: x * torch.sigmoid(0.5 * x), None, {"beta": 0.5})
activation("mish", F.mish, "Mish")
# PyTorch takes log(1 + eᶻ) to be z above a threshold; high enough, that is never the case.
activation("softplus", lambda x: F.softplus(x, threshold=500), "Softplus", ends=both)
activation(
    "softplus", lambda x: F.softplus(x, beta=2, threshold=500), "Softplus", {"beta": 2}, both
)
activation("softsign", F.softsign, "Softsign")
activation("sigmoid", torch.sigmoid, "Sigmoid", ends=both)
activation("tanh", torch.tanh, "Tanh", ends=both)
activation("logSigmoid", F.logsigmoid, "LogSigmoid", ends=(infinity,))
activation("tanhshrink", F.tanhshrink, "Tanhshrink", ends=both)
activation("hardtanh", F.hardtanh, "Hardtanh", ends=both)
activation(
    "hardtanh", lambda x: F.hardtanh(x, -0.5, 3), "Hardtanh", {"minVal": -0.5, "maxVal": 3}, both
)
activation("relu6", F.relu6, "ReLU6", ends=both)
# PyTorch's own hardsigmoid has a derivative of 1/6 in f32, whatever the type; this is exact.
exact = lambda x: F.relu6(x + 3) / 6
activation("hardsigmoid", exact, "Hardsigmoid", ends=both)
activation("hardswish", F.hardswish, "Hardswish")
activation("hardshrink", F.hardshrink, "Hardshrink", ends=both)
activation("hardshrink", lambda x: F.hardshrink(x, 1.0), "Hardshrink", {"lambda": 1}, both)
activation("softshrink", F.softshrink, "Softshrink", ends=both)
activation("softshrink", lambda x: F.softshrink(x, 1.0), "Softshrink", {"lambda": 1}, both)
activation(
    "threshold",
    lambda x: F.threshold(x, 0.5, -2.0),
    "Threshold",
    {"threshold": 0.5, "value": -2},
    both,
)
rows = draw(3, 4, 6, scale=2)
rows[0, 0] = 0.5
for axis in [-1, 1]:
    options = {"axis": axis}
    activation("softmax", lambda x: F.softmax(x, axis), "Softmax", options, x=rows)
    activation("logSoftmax", lambda x: F.log_softmax(x, axis), "LogSoftmax", options, x=rows)
    activation("softmin", lambda x: F.softmin(x, axis), "Softmin", options, x=rows)
    activation("glu", lambda x: F.glu(x, axis), "GLU", options, x=rows)
options = {"axis": 1, "temperature": 2.5}
activation("softmax", lambda x: F.softmax(x / 2.5, 1), "Softmax", options, x=rows)
activation("logSoftmax", lambda x: F.log_softmax(x / 2.5, 1), "LogSoftmax", options, x=rows)
activation("logit", torch.logit, x=torch.tensor([0.25, 0.5, 0.75, 0.125, 0.0, 1.0]))
inside = torch.tensor([0.0, 0.25, 0.0625, 0.5, 0.875, 1.0])
activation("logit", lambda x: torch.logit(x, 0.125), options={"eps": 0.125}, x=inside)
for shape, slopes in [((4, 3, 5), 3), ((4, 3, 5), 1), ((6, 3), 3), ((7,), 1)]:
    x = draw(*shape)
    x.view(-1)[:2] = torch.tensor([0.0, infinity])
    activations.append(case("prelu", F.prelu, {}, [x, draw(slopes)]))
activations.append(case("maxout", lambda x: x.view(3, 4, 3, 2).max(-1)[0], 2, [rows]))

losses = []


def loss(name, inputs, function=None, module=None, still=(), ours=None, **options):
    """`still`: inputs whose gradient is not asked for; `ours`: options that differ from PyTorch's."""
    f = function or getattr(F, name)

    def value(*given):
        held = [x.detach() if i in still else x for i, x in enumerate(given)]
        return f(*held, **options)

    shown = {camel(k): camel(v) if isinstance(v, str) else v for k, v in options.items()}
    shown = {**shown, **(ours or {})}
    entry = case(camel(name), value, shown, inputs, module)
    for i in still:
        entry["gradients"][i] = None
    losses.append(entry)


signs = torch.tensor([1.0, -1.0, -1.0, 1.0, 1.0, -1.0])
near = draw(6, 4)
near[0] = torch.tensor([0.0, 1.0, -1.0, 0.25])
far = draw(6, 4, scale=2)
far[0] = torch.tensor([0.0, 0.0, 0.0, 0.0])
wild = torch.tensor([[infinity, 0.0, -infinity, 2.0]])
calm = torch.tensor([[1.0, 2.0, 3.0, 2.0]])
for reduction in ["mean", "sum"]:
    loss("mse_loss", [near, far], module="MSELoss", reduction=reduction)
for reduction in ["sum", "batchmean"]:
    options = {"reduction": reduction, "ours": {"reduction": camel(reduction.replace("hm", "h_m"))}}
    loss("kl_div", [torch.log_softmax(near, -1), torch.softmax(far, -1)], still=(1,), **options)
for reduction in ["mean", "none"]:
    r = {"reduction": reduction}
    loss("mse_loss", [near, far], module="MSELoss", **r)
    loss("l1_loss", [near, far], module="L1Loss", **r)
    loss("smooth_l1_loss", [near, far], module="SmoothL1Loss", **r)
    loss("smooth_l1_loss", [near, far], module="SmoothL1Loss", beta=0.25, **r)
    # No ties: of β = 0 PyTorch says that it is l1_loss, but its derivative at 0 is −1.
    loss("smooth_l1_loss", [near + 0.125, far], module="SmoothL1Loss", beta=0.0, **r)
    loss("huber_loss", [near, far], module="HuberLoss", **r)
    loss("huber_loss", [near, far], module="HuberLoss", delta=0.5, **r)
    for log_target in [False, True]:
        p = torch.softmax(draw(3, 5), -1)
        target = torch.log_softmax(draw(3, 5), -1) if log_target else p.clone()
        if not log_target:
            target[0, :2] = torch.tensor([0.0, 1.0])
        still = () if log_target else (1,)
        inputs = [torch.log_softmax(draw(3, 5), -1), target]
        loss("kl_div", inputs, module="KLDivLoss", still=still, log_target=log_target, **r)
    variance = torch.tensor([[0.25, 1.0, 2.0, 0.0]] * 6)
    for full in [False, True]:
        loss("gaussian_nll_loss", [near, far, variance], module="GaussianNLLLoss", full=full, **r)
    loss("gaussian_nll_loss", [near, far, variance[:, 1]], module="GaussianNLLLoss", **r)
    loss("gaussian_nll_loss", [near, far, variance[:, :1]], eps=0.5, module="GaussianNLLLoss", **r)
    counts = torch.tensor([[0.0, 1.0, 2.0, 7.0]] * 6)
    for full in [False, True]:
        options = {"full": full, "module": "PoissonNLLLoss", "still": (1,), **r}
        loss("poisson_nll_loss", [near, counts], **options)
        loss("poisson_nll_loss", [near.abs(), counts], log_input=False, **options)
    x = torch.tensor([-2.0, 0.0, 1.0, 1.5, 0.25, 0.5])
    one = {"still": (1,), **r}
    loss("soft_margin_loss", [x, signs], module="SoftMarginLoss", **one)
    loss("hinge_embedding_loss", [x, signs], module="HingeEmbeddingLoss", **one)
    loss("hinge_embedding_loss", [x, signs], module="HingeEmbeddingLoss", margin=0.5, **one)
    ranked = [x, torch.tensor([0.5, 0.0, 1.0, 2.0, -0.25, 0.0]), signs]
    two = {"still": (2,), **r}
    loss("margin_ranking_loss", ranked, module="MarginRankingLoss", **two)
    loss("margin_ranking_loss", ranked, module="MarginRankingLoss", margin=0.5, **two)
    other = draw(6, 4)
    loss("cosine_embedding_loss", [near, other, signs], module="CosineEmbeddingLoss", **two)
    loss(
        "cosine_embedding_loss", [near, other, signs], module="CosineEmbeddingLoss", margin=0.5, **two
    )
    single = [near[1], other[1], signs[1]]
    loss("cosine_embedding_loss", single, module="CosineEmbeddingLoss", **two)
    triple = [near, other, far]
    loss("triplet_margin_loss", triple, module="TripletMarginLoss", **r)
    loss("triplet_margin_loss", triple, module="TripletMarginLoss", swap=True, margin=2.0, **r)
    loss("triplet_margin_loss", triple, module="TripletMarginLoss", p=1.0, **r)
    labels = torch.tensor([0, 3, 1, 1, 2, 0])
    tied = near.clone()
    tied[1] = torch.tensor([0.5, 0.25, -0.5, 0.5])
    for p in [1, 2]:
        loss("multi_margin_loss", [tied, labels], module="MultiMarginLoss", p=p, **r)
        loss("multi_margin_loss", [tied, labels], module="MultiMarginLoss", p=p, margin=0.5, **r)
    factors = torch.tensor([0.5, 1.0, 2.0, 0.25])

    def weighted(name, module, inputs, index=None, **options):
        def function(*given, **rest):
            return getattr(F, name)(*given, weight=factors, **rest)

        loss(name, inputs, function, module, **options)
        losses[-1]["weight"] = row(factors)

    weighted("multi_margin_loss", "MultiMarginLoss", [tied, labels], **r)
    loss("multi_margin_loss", [tied[1], torch.tensor(1)], module="MultiMarginLoss", **r)
    many = (torch.arange(24).reshape(6, 4) % 3 == 0).double()
    name = "multilabel_soft_margin_loss"
    loss(name, [near, many], module="MultiLabelSoftMarginLoss", still=(1,), **r)
    weighted(name, "MultiLabelSoftMarginLoss", [near, many], still=(1,), **r)
    logs = torch.log_softmax(draw(6, 4), -1)
    loss("nll_loss", [logs, labels], module="NLLLoss", **r)
    loss("nll_loss", [logs, labels], module="NLLLoss", ignore_index=1, **r)
    weighted("nll_loss", "NLLLoss", [logs, labels], **r)
    deep = torch.log_softmax(draw(2, 4, 3), 1)
    loss("nll_loss", [deep, labels.reshape(2, 3)], module="NLLLoss", **r)
    weighted("cross_entropy", "CrossEntropyLoss", [near, labels], label_smoothing=0.1, **r)
    p = torch.sigmoid(draw(3, 4))
    loss("binary_cross_entropy", [p, torch.sigmoid(draw(3, 4))], module="BCELoss", still=(1,), **r)
    sure = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.5, 0.25, 1.0, 0.0], [0.75, 0.5, 0.125, 1.0]])
    truth = torch.tensor([[0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.5, 0.5], [0.25, 1.0, 0.0, 1.0]])
    loss("binary_cross_entropy", [sure, truth], module="BCELoss", still=(1,), **r)
    weighted("binary_cross_entropy", "BCELoss", [p, truth], still=(1,), **r)
    name = "binary_cross_entropy_with_logits"
    weighted(name, "BCEWithLogitsLoss", [draw(3, 4), truth], still=(1,), **r)
for name in ["l1_loss", "smooth_l1_loss", "huber_loss"]:
    loss(name, [wild, calm], reduction="none")
target = torch.sigmoid(draw(3, 4))
loss("binary_cross_entropy", [torch.sigmoid(draw(3, 4)), target])
for p in [1.0, 2.0, 3.0]:
    loss("pairwise_distance", [near, draw(6, 4)], module="PairwiseDistance", p=p)
loss("pairwise_distance", [near, near], module="PairwiseDistance", keepdim=True, ours={"keepDims": True})
del losses[-1]["options"]["keepdim"]
loss("cosine_similarity", [near, draw(6, 4)], module="CosineSimilarity")
loss(
    "cosine_similarity",
    [draw(2, 3, 4), draw(2, 3, 4)],
    module="CosineSimilarity",
    dim=-1,
    ours={"axis": -1},
)
del losses[-1]["options"]["dim"]
for reduction in ["mean", "sum", "none"]:
    chosen = torch.tensor([[3, 0, -1, 1], [2, -1, 0, 0], [-1, 1, 2, 3], [0, 1, 2, 3]])
    loss("multilabel_margin_loss", [draw(4, 4), chosen], module="MultiLabelMarginLoss", reduction=reduction)
activations.append(
    case("rrelu", lambda x: F.rrelu(x, 0.25, 0.5), {"lower": 0.25, "upper": 0.5}, [draw(3, 4)])
)
activations.append(case("Softmax2d", torch.nn.Softmax2d(), {}, [draw(2, 3, 2, 2)], "Softmax2d"))


def write(name, value):
    with open(os.path.join(here, name), "w") as out:
        json.dump(value, out, separators=(",", ":"), allow_nan=False)
        out.write("\n")


write("activations.json", activations)
write("loss-functions.json", losses)

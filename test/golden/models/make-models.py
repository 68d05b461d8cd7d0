"""Writes models.json: the models of src/models in small, put together from their papers with PyTorch.

Run: python3 make-models.py  (made with PyTorch 1.13)

Parameters are not drawn but a function of their name and place, the same here and in the test, so the
file holds outputs alone. All in evaluation mode, in f64.
"""

import json
import math
import os

import torch
from torch import nn
from torch.nn import functional as F

here = os.path.dirname(os.path.abspath(__file__))
torch.set_default_dtype(torch.float64)


def wave(name, shape):
    start = sum(ord(c) * (i + 1) for i, c in enumerate(name)) % 1000
    i = torch.arange(math.prod(shape), dtype=torch.float64)
    return torch.cos(0.37 * start + 1.7 * i + 0.61 * (i * i % 97)).reshape(shape)


def value(name, *shape):
    x = wave(name, shape)
    if name.endswith("running_var"):
        return 1 + 0.4 * x
    if len(shape) == 1 and name.endswith("weight"):
        return 1 + 0.3 * x
    if len(shape) < 2:
        return 0.2 * x
    return x * math.sqrt(3 * shape[0] / math.prod(shape))


def image(*shape):
    return 1.4 * wave("image", shape)


def ids(*rows):
    return torch.tensor(rows)


def conv(name, x, inputs, maps, size, bias=True, **options):
    b = value(f"{name}.bias", maps) if bias else None
    return F.conv2d(x, value(f"{name}.weight", maps, inputs, size, size), b, **options)


def linear(name, x, inputs, outputs, bias=True):
    b = value(f"{name}.bias", outputs) if bias else None
    return F.linear(x, value(f"{name}.weight", outputs, inputs), b)


def batch_norm(name, x):
    parts = ["running_mean", "running_var", "weight", "bias"]
    return F.batch_norm(x, *[value(f"{name}.{part}", x.shape[1]) for part in parts])


def layer_norm(name, x, eps=1e-5):
    w, b = [value(f"{name}.{part}", x.shape[-1]) for part in ["weight", "bias"]]
    return F.layer_norm(x, x.shape[-1:], w, b, eps)


def response_norm(x):
    # PyTorch divides alpha by the size.
    return F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0)


def filled(module, prefix):
    """A module of PyTorch with our parameters."""
    for name, p in module.named_parameters():
        p.data = value(f"{prefix}.{name}", *p.shape)
    return module.eval()


cases = {}


def case(name, *outputs):
    cases[name] = [
        {"shape": list(y.shape), "data": [float(f"{v:.9g}") for v in y.detach().reshape(-1).tolist()]}
        for y in outputs
    ]


# LeCun et al. 1998, with tanh and means, or maxima as in the notes.
for pooling, pool in [("average", F.avg_pool2d), ("max", F.max_pool2d)]:
    x = F.pad(image(2, 1, 28, 28), (2, 2, 2, 2))
    x = pool(torch.tanh(conv("c1", x, 1, 3, 5)), 2)
    x = pool(torch.tanh(conv("c3", x, 3, 4, 5)), 2).flatten(1)
    x = torch.tanh(linear("f6", torch.tanh(linear("c5", x, 100, 7)), 7, 6))
    case(f"LeNet5 {pooling}", linear("output", x, 6, 5))

# Krizhevsky 2014 (and 2012 with normalisation).
for normalize in [False, True]:
    damped = response_norm if normalize else (lambda x: x)
    x = F.relu(conv("features.0", image(1, 3, 95, 95), 3, 3, 11, stride=4, padding=2))
    x = F.max_pool2d(damped(x), 3, 2)
    x = F.max_pool2d(damped(F.relu(conv("features.3", x, 3, 4, 5, padding=2))), 3, 2)
    x = F.relu(conv("features.6", x, 4, 5, 3, padding=1))
    x = F.relu(conv("features.8", x, 5, 4, 3, padding=1))
    x = F.max_pool2d(F.relu(conv("features.10", x, 4, 3, 3, padding=1)), 3, 2)
    x = F.adaptive_avg_pool2d(x, 6).flatten(1)
    x = F.relu(linear("classifier.4", F.relu(linear("classifier.1", x, 108, 7)), 7, 7))
    case("AlexNet normalized" if normalize else "AlexNet", linear("classifier.6", x, 7, 5))

# Zeiler and Fergus 2013, fig. 3.
x = F.relu(conv("features.0", image(1, 3, 95, 95), 3, 3, 7, stride=2, padding=1))
x = response_norm(F.max_pool2d(x, 3, 2, padding=1))
x = F.max_pool2d(F.relu(conv("features.4", x, 3, 4, 5, stride=2)), 3, 2, padding=1)
x = F.relu(conv("features.8", response_norm(x), 4, 5, 3, padding=1))
x = F.relu(conv("features.10", x, 5, 4, 3, padding=1))
x = F.max_pool2d(F.relu(conv("features.12", x, 4, 3, 3, padding=1)), 3, 2)
x = F.adaptive_avg_pool2d(x, 6).flatten(1)
x = F.relu(linear("classifier.3", F.relu(linear("classifier.0", x, 108, 7)), 7, 7))
case("ZFNet", linear("classifier.6", x, 7, 5))

# Simonyan and Zisserman 2015, table 1, A.
for normalized in [False, True]:
    x, inputs, at = image(1, 3, 32, 32), 3, 0
    for stage, count in enumerate([1, 1, 2, 2, 2]):
        for _ in range(count):
            maps = 2 * min(8, 2**stage)
            x, inputs = conv(f"features.{at}", x, inputs, maps, 3, padding=1), maps
            if normalized:
                at += 1
                x = batch_norm(f"features.{at}", x)
            x, at = F.relu(x), at + 2
        x, at = F.max_pool2d(x, 2), at + 1
    x = F.adaptive_avg_pool2d(x, 1).flatten(1)
    x = F.relu(linear("classifier.3", F.relu(linear("classifier.0", x, 16, 7)), 7, 7))
    case("VGG normalized" if normalized else "VGG", linear("classifier.6", x, 7, 5))

# Szegedy et al. 2015, table 1 and fig. 2(b), a sixteenth as wide.
table = [
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
]


def rectified(name, x, maps, size, stride=1):
    return F.relu(conv(f"{name}.0", x, x.shape[1], maps, size, stride=stride, padding=size // 2))


def halved(x):
    return F.max_pool2d(x, 3, 2, ceil_mode=True)


x = response_norm(halved(rectified("stem.0", image(1, 3, 32, 32), 4, 7, 2)))
x = rectified("stem.4", rectified("stem.3", x, 4, 1), 12, 3)
x, sides = halved(response_norm(x)), []
for i, row in enumerate(table):
    # Halves are rounded up.
    one, reduce3, three, reduce5, five, pool = [max(1, math.floor(n / 16 + 0.5)) for n in row]
    if i in (2, 7):
        x = halved(x)
    name = f"inceptions.{i}"
    x = torch.cat(
        [
            rectified(f"{name}.branch1", x, one, 1),
            rectified(f"{name}.branch2.1", rectified(f"{name}.branch2.0", x, reduce3, 1), three, 3),
            rectified(f"{name}.branch3.1", rectified(f"{name}.branch3.0", x, reduce5, 1), five, 5),
            rectified(f"{name}.branch4.1", F.max_pool2d(x, 3, 1, padding=1), pool, 1),
        ],
        1,
    )
    if i in (2, 5):
        name = f"auxiliary.{len(sides)}"
        y = rectified(f"{name}.1", F.adaptive_avg_pool2d(x, 4), 8, 1).flatten(1)
        sides.append(linear(f"{name}.6", F.relu(linear(f"{name}.3", y, 128, 64)), 64, 5))
case("GoogLeNet", linear("fc", x.mean((2, 3)), 64, 5), *sides)


# He et al. 2016, table 1 and §4.2.
def straight(name, x, maps, stride, shortcut):
    if stride == 1 and x.shape[1] == maps:
        return x
    if shortcut == "padding":
        sparse = x[:, :, ::stride, ::stride]
        return F.pad(sparse, (0, 0, 0, 0, 0, maps - x.shape[1]))
    y = conv(f"{name}.downsample.0", x, x.shape[1], maps, 1, bias=False, stride=stride)
    return batch_norm(f"{name}.downsample.1", y)


def residual_net(x, blocks, widths, bottleneck=False, small=False, shortcut="projection"):
    if small:
        x = F.relu(batch_norm("bn1", conv("conv1", x, 3, widths[0], 3, bias=False, padding=1)))
    else:
        y = conv("conv1", x, 3, widths[0], 7, bias=False, stride=2, padding=3)
        x = F.max_pool2d(F.relu(batch_norm("bn1", y)), 3, 2, padding=1)
    for stage, (count, width) in enumerate(zip(blocks, widths)):
        for block in range(count):
            name = f"layer{stage + 1}.{block}"
            stride = 2 if stage > 0 and block == 0 else 1
            sizes = [(1, width), (3, width), (1, 4 * width)] if bottleneck else [(3, width)] * 2
            y = x
            for i, (size, maps) in enumerate(sizes):
                # The stride is that of the first 3×3.
                step = stride if i == (1 if bottleneck else 0) else 1
                options = {"bias": False, "stride": step, "padding": size // 2}
                y = conv(f"{name}.conv{i + 1}", y, y.shape[1], maps, size, **options)
                y = batch_norm(f"{name}.bn{i + 1}", y)
                y = F.relu(y) if i + 1 < len(sizes) else y
            if shortcut == "none":
                x = F.relu(y)
            else:
                x = F.relu(y + straight(name, x, y.shape[1], stride, shortcut))
    return linear("fc", x.mean((2, 3)), x.shape[1], 5)


case("ResNet", residual_net(image(1, 3, 32, 32), [1, 2], [4, 6]))
case("ResNet bottleneck", residual_net(image(1, 3, 32, 32), [2, 1], [2, 3], bottleneck=True))
case("cifarResNet", residual_net(image(1, 3, 16, 16), [1] * 3, [2, 4, 8], False, True, "padding"))
case("cifarResNet plain", residual_net(image(1, 3, 16, 16), [1] * 3, [2, 4, 8], False, True, "none"))

# Huang et al. 2017, table 1: normalised and rectified before each convolution.
x = conv("features.conv0", image(1, 3, 32, 32), 3, 4, 7, bias=False, stride=2, padding=3)
x = F.max_pool2d(F.relu(batch_norm("features.norm0", x)), 3, 2, padding=1)
for block, count in enumerate([2, 1]):
    for layer in range(count):
        name = f"features.denseblock{block + 1}.denselayer{layer + 1}"
        y = F.relu(batch_norm(f"{name}.norm1", x))
        y = conv(f"{name}.conv1", y, x.shape[1], 6, 1, bias=False)
        y = F.relu(batch_norm(f"{name}.norm2", y))
        x = torch.cat([x, conv(f"{name}.conv2", y, 6, 3, 3, bias=False, padding=1)], 1)
    if block == 0:
        y = F.relu(batch_norm("features.transition1.norm", x))
        y = conv("features.transition1.conv", y, x.shape[1], x.shape[1] // 2, 1, bias=False)
        x = F.avg_pool2d(y, 2)
x = F.relu(batch_norm("features.norm3", x)).mean((2, 3))
case("DenseNet", linear("classifier", x, x.shape[1], 5))


# Ronneberger et al. 2015, fig. 1, two levels of four.
def twice(name, x, maps, padding):
    x = F.relu(conv(f"{name}.0", x, x.shape[1], maps, 3, padding=padding))
    return F.relu(conv(f"{name}.2", x, maps, maps, 3, padding=padding))


for padding, side in [(0, 44), (1, 12)]:
    a = twice("down.0", image(1, 1, side, side), 2, padding)
    b = twice("down.1", F.max_pool2d(a, 2), 4, padding)
    x = twice("bottom", F.max_pool2d(b, 2), 8, padding)
    for i, beside in enumerate([b, a]):
        maps = beside.shape[1]
        w, bias = value(f"up.{i}.weight", 2 * maps, maps, 2, 2), value(f"up.{i}.bias", maps)
        x = F.conv_transpose2d(x, w, bias, stride=2)
        edge = (beside.shape[2] - x.shape[2]) // 2
        kept = beside[:, :, edge : edge + x.shape[2], edge : edge + x.shape[3]]
        x = twice(f"merge.{i}", torch.cat([kept, x], 1), maps, padding)
    case("UNet" if padding == 0 else "UNet same", conv("head", x, 2, 2, 1))

# Dosovitskiy et al. 2021, eq. (1)–(4).
x = conv("conv_proj", image(1, 3, 8, 8), 3, 8, 4, stride=4).flatten(2).transpose(1, 2)
x = torch.cat([value("class_token", 1, 1, 8), x], 1) + value("encoder.pos_embedding", 1, 5, 8)
for i in range(2):
    name = f"encoder.layers.encoder_layer_{i}"
    attention = filled(nn.MultiheadAttention(8, 2, batch_first=True), f"{name}.self_attention")
    y = layer_norm(f"{name}.ln_1", x, 1e-6)
    x = x + attention(y, y, y)[0]
    y = F.gelu(linear(f"{name}.mlp.0", layer_norm(f"{name}.ln_2", x, 1e-6), 8, 12))
    x = x + linear(f"{name}.mlp.3", y, 12, 8)
case("VisionTransformer", linear("heads.head", layer_norm("encoder.ln", x, 1e-6)[:, 0], 8, 5))

# Radford et al. 2019: normalised first, GELU, the table of tokens reads out.
size = {"dim_feedforward": 32, "dropout": 0.0, "batch_first": True, "activation": "gelu"}
tokens = ids([3, 1, 4, 1, 5], [9, 2, 6, 5, 3])
table = value("tokens.weight", 11, 8)
blind = torch.ones(5, 5).triu(1).bool()
x = table[tokens] + value("positions.weight", 6, 8)[:5]
for i in range(2):
    block = nn.TransformerEncoderLayer(8, 2, norm_first=True, **size).train()
    x = filled(block, f"blocks.{i}").train()(x, blind)
case("GPT", layer_norm("norm", x) @ table.T)

# Devlin et al. 2019: three embeddings, normalised last, two heads; the second text is padded.
outside = ids([0, 0, 0, 0, 0], [0, 0, 0, 1, 1]).bool()
x = table[tokens] + value("positions.weight", 6, 8)[:5]
x = layer_norm("norm", x + value("segments.weight", 2, 8)[ids([0, 0, 0, 1, 1], [0, 0, 1, 1, 1])], 1e-12)
for i in range(2):
    block = nn.TransformerEncoderLayer(8, 2, layer_norm_eps=1e-12, **size)
    x = filled(block, f"layers.{i}").train()(x, src_key_padding_mask=outside)
y = layer_norm("transformNorm", F.gelu(linear("transform", x, 8, 8)), 1e-12)
pooled = torch.tanh(linear("pooler", x[:, 0], 8, 8))
case("BERT", (y @ table.T + value("tokenBias", 11))[0], linear("nextSentence", pooled, 8, 2))

# Vaswani et al. 2017: embeddings times √d, sines, one table for all.
table = value("tokens.weight", 9, 8)
source, before = ids([3, 1, 4, 5, 5], [7, 2, 6, 0, 0]), ids([1, 4, 6], [1, 8, 3])


def embedded(tokens):
    t, k = torch.arange(tokens.shape[1])[:, None], torch.arange(0, 8, 2)
    angle = t / 10000 ** (k / 8)
    places = torch.stack([angle.sin(), angle.cos()], 2).flatten(1)
    return table[tokens] * math.sqrt(8) + places


both = nn.Transformer(8, 2, 1, 1, 12, dropout=0.0, batch_first=True)
filled(both, "transformer").train()
outside = ids([0, 0, 0, 0, 0], [0, 0, 0, 1, 1]).bool()
y = both(
    embedded(source),
    embedded(before),
    tgt_mask=torch.ones(3, 3).triu(1).bool(),
    src_key_padding_mask=outside,
    memory_key_padding_mask=outside,
)
case("TranslationTransformer", y @ table.T)


# Bahdanau, Cho and Bengio 2015; dot scores of Luong et al.; Xu et al. 2015 for pictures.
def cell_of(kind, name, inputs, hidden):
    cell = kind(inputs, hidden)
    return filled(cell, name)


def written(x, h, values, attention, width, hidden, vocabulary):
    """Logits of each step and where it looked; x: embeddings of the tokens before."""
    looks = attention != "none"
    memory = values.shape[2] if looks else 0
    cell = cell_of(nn.GRUCell, "decoder.cell", width + memory, hidden)
    logits, looked = [], []
    for t in range(x.shape[1]):
        if attention == "additive":
            keys = linear("decoder.attention.key", values, memory, hidden)
            sums = keys + linear("decoder.attention.query", h, hidden, hidden, bias=False)[:, None]
            scores = linear("decoder.attention.energy", torch.tanh(sums), hidden, 1, bias=False)[..., 0]
        else:
            scores = (values @ h[:, :, None])[..., 0] if looks else values.sum(2)
        weights = torch.softmax(scores, 1)
        context = [(weights[:, :, None] * values).sum(1)] if looks else []
        h = cell(torch.cat([x[:, t], *context], 1), h)
        logits.append(linear("decoder.head", torch.cat([h, *context], 1), hidden + memory, vocabulary))
        looked.append(weights)
    return torch.stack(logits, 1), torch.stack(looked, 1)


source, before = ids([1, 4, 2, 3], [2, 0, 1, 1]), ids([1, 3, 0], [1, 5, 5])
for attention in ["additive", "dot", "none"]:
    each = 2 if attention == "dot" else 4
    x = value("embedding.weight", 5, 3)[source]
    ends, outputs = [], []
    for name, order in [("forwards", [0, 1, 2, 3]), ("backwards", [3, 2, 1, 0])]:
        cell = cell_of(nn.GRUCell, name, 3, each)
        h, states = torch.zeros(2, each), {}
        for t in order:
            h = states[t] = cell(x[:, t], h)
        ends.append(h)
        outputs.append(torch.stack([states[t] for t in range(4)], 1))
    h = torch.tanh(linear("bridge", torch.cat(ends, 1), 2 * each, 4))
    y = value("decoder.embedding.weight", 6, 3)[before]
    logits, looked = written(y, h, torch.cat(outputs, 2), attention, 3, 4, 6)
    case(f"Seq2Seq {attention}", logits, *([] if attention == "none" else [looked]))

x = image(2, 1, 12, 12)
for i, (inputs, maps) in enumerate([(1, 3), (3, 4)]):
    x = F.max_pool2d(F.relu(conv(f"convolutions.{i}", x, inputs, maps, 3, padding=1)), 2)
grid = x.flatten(2).transpose(1, 2)
h = torch.tanh(linear("bridge", grid.mean(1), 4, 5))
y = value("decoder.embedding.weight", 6, 3)[before]
case("Captioner", written(y, h, grid, "additive", 3, 5, 6)[0])

# Sukhbaatar et al. 2015, §2 and §4.1: adjacent weights, place encoding.
tables = [value(f"tables.{i}.weight", 7, 4) for i in range(3)]


def sentence(table, words):
    J, d = len(words), table.shape[1]
    k = torch.arange(1, d + 1) / d
    parts = [table[w] * ((1 - j / J) - k * (1 - 2 * j / J)) for j, w in enumerate(words, 1)]
    return torch.stack(parts).sum(0)


story, question = [[1, 2, 3], [4, 5], [6, 1, 2]], [5, 3]
u = sentence(tables[0], question)
for hop in range(2):
    m, c = [torch.stack([sentence(t, s) for s in story]) for t in tables[hop : hop + 2]]
    u = u + torch.softmax(m @ u, 0) @ c
case("MemoryNetwork", (tables[2] @ u)[None, 1:])

# Bengio et al. 2003, eq. (1).
x = value("features.weight", 10, 3)[ids([1, 2], [9, 4])].flatten(1)
y = linear("output", torch.tanh(linear("hidden", x, 6, 4)), 4, 10)
case("NeuralLanguageModel", y + linear("direct", x, 6, 10, bias=False))

# Peters et al. 2018, §3; Kim et al. 2016 for the characters; the second layer adds to the first.
words = [[b"a", b"dog", b"ran"], [b"the", b"cat", b"sat"]]
table = value("characters.weight", 259, 3)
spelt = [[[257, *word, 258] for word in row] for row in words]
rows = []
for word in sum(spelt, []):
    found = []
    for i, (size, count) in enumerate([(1, 2), (3, 3)]):
        x = torch.cat([table[word], torch.zeros(size - 1, 3)]).T[None]  # [1, 3, characters]
        # The filters are linear maps of windows, features before places.
        w = value(f"filters.{i}.weight", count, size * 3).reshape(count, 3, size)
        found.append(F.conv1d(x, w, value(f"filters.{i}.bias", count)).amax(2)[0])
    rows.append(torch.relu(torch.cat(found)))
x = torch.stack(rows).reshape(2, 3, 5)
for i in range(2):
    share = torch.sigmoid(linear(f"highways.{i}.gate", x, 5, 5))
    x = share * F.relu(linear(f"highways.{i}.change", x, 5, 5)) + (1 - share) * x
x = linear("projection", x, 5, 4)
layers = [torch.cat([x, x], 2)]
for i in range(2):
    below, parts = layers[-1].chunk(2, 2), []
    for name, part, order in [("forwards", below[0], [0, 1, 2]), ("backwards", below[1], [2, 1, 0])]:
        cell = cell_of(nn.LSTMCell, f"{name}.{i}", 4, 4)
        state, states = None, {}
        for t in order:
            state = cell(part[:, t], state)
            states[t] = state[0]
        y = torch.stack([states[t] for t in range(3)], 1)
        parts.append(y if i == 0 else y + part)
    layers.append(torch.cat(parts, 2))
case("ELMo", torch.stack(layers))

# Kipf and Welling 2017, eq. (9), by dense matrices.
edges = [(0, 1), (1, 2), (2, 0), (2, 3)]
a = torch.eye(5)
for i, j in edges:
    a[i, j] = a[j, i] = 1
d = a.sum(1).rsqrt()
q = d[:, None] * a * d[None]
h = F.relu(q @ linear("first", wave("nodes", (5, 4)), 4, 3, bias=False) + value("first.bias", 3))
case("GCN", q @ linear("second", h, 3, 2, bias=False) + value("second.bias", 2))

with open(os.path.join(here, "models.json"), "w") as out:
    json.dump(cases, out, separators=(",", ":"))
    out.write("\n")

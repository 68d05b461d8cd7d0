"""PyTorch on the CPU, eager as it comes. THREADS=n sets the threads (default: all).

Debian: apt-get install python3-torch. The workloads are those of ../../src/cli/bench/definition.ts.
"""

import os
import time

from kernels import choose_kernels
from protocol import Workbench, missing, serve

choose_kernels()
started = time.perf_counter()
try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as error:
    missing(f"PyTorch is not installed for this python3 ({error})")
import_ms = 1e3 * (time.perf_counter() - started)

THREADS = int(os.environ.get("THREADS", os.cpu_count()))
torch.set_num_threads(THREADS)
torch.manual_seed(0)


def training(model, optimizer, x, y):
    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, -2), y.flatten())
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def matmul(m, k, n, transposed=None):
    a = torch.randn(k, m).t() if transposed == "a" else torch.randn(m, k)
    b = torch.randn(n, k).t() if transposed == "b" else torch.randn(k, n)
    return lambda: torch.mm(a, b)


def conv(batch, size, window, stride, padding, groups, to, **sizes):
    channels = sizes["from"]
    x = torch.randn(batch, channels, size, size)
    w = torch.randn(to, channels // groups, window, window)
    return lambda: F.conv2d(x, w, stride=stride, padding=padding, groups=groups)


def softmax(rows, columns):
    x = torch.randn(rows, columns)
    return lambda: F.softmax(x, dim=-1)


def layernorm(rows, columns):
    x, scale, shift = torch.randn(rows, columns), torch.ones(columns), torch.zeros(columns)
    return lambda: F.layer_norm(x, [columns], scale, shift)


def elementwise(size):
    x = torch.randn(size)
    return lambda: F.gelu(1.5 * x + 0.5)


def reduce(size):
    x = torch.randn(size)
    return lambda: (x * x).sum().item()


def mlp(batch, widths, activation, optimizer):
    layers = []
    for i, o in zip(widths, widths[1:]):
        layers += [nn.Linear(i, o), nn.ReLU() if activation == "relu" else nn.Tanh()]
    model = nn.Sequential(*layers[:-1])
    weights = model.parameters()
    update = torch.optim.Adam(weights) if optimizer == "adam" else torch.optim.SGD(weights, 0.1)
    return training(
        model, update, torch.randn(batch, widths[0]), torch.randint(0, widths[-1], [batch])
    )


def cnn(batch):
    def block(i, o):
        return [nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]

    dense = [nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10)]
    model = nn.Sequential(*block(1, 32), *block(32, 64), *dense)
    images, labels = torch.randn(batch, 1, 28, 28), torch.randint(0, 10, [batch])
    return training(model, torch.optim.Adam(model.parameters()), images, labels)


class Reader(nn.Module):
    def __init__(self, features, hidden, classes):
        super().__init__()
        self.cells = nn.LSTM(features, hidden, batch_first=True)
        self.out = nn.Linear(hidden, classes)

    def forward(self, x):
        return self.out(self.cells(x)[0])


def lstm(batch, steps, features, hidden, classes):
    model = Reader(features, hidden, classes)
    x, y = torch.randn(batch, steps, features), torch.randint(0, classes, [batch, steps])
    return training(model, torch.optim.Adam(model.parameters()), x, y)


class Block(nn.Module):
    def __init__(self, width, heads, later):
        super().__init__()
        self.heads, self.later = heads, later
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        batch, time_, width = x.shape
        q, k, v = (
            part.view(batch, time_, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.before(x)).chunk(3, dim=-1)
        )
        scores = q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5
        weights = scores.masked_fill(self.later, float("-inf")).softmax(dim=-1)
        x = x + self.mix((weights @ v).transpose(1, 2).reshape(batch, time_, width))
        return x + self.down(F.gelu(self.up(self.between(x))))


class Decoder(nn.Module):
    def __init__(self, context, width, heads, blocks, vocabulary):
        super().__init__()
        later = torch.ones(context, context, dtype=torch.bool).triu(1)
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Parameter(torch.zeros(context, width))
        self.blocks = nn.Sequential(*[Block(width, heads, later) for _ in range(blocks)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, ids):
        return self.head(self.norm(self.blocks(self.tokens(ids) + self.places)))


def gpt(batch, context, width, heads, blocks, vocabulary):
    model = Decoder(context, width, heads, blocks, vocabulary)
    x, y = (torch.randint(0, vocabulary, [batch, context]) for _ in range(2))
    return training(model, torch.optim.AdamW(model.parameters(), 3e-4), x, y)


def rbm(batch, visible, hidden):
    w = torch.empty(visible, hidden).uniform_(-0.02, 0.02)
    b, c = torch.zeros(visible), torch.zeros(hidden)
    data = (torch.rand(batch, visible) < 0.2).float()

    def step():
        hidden0 = torch.sigmoid(data @ w + c)
        v1 = torch.bernoulli(torch.sigmoid(torch.bernoulli(hidden0) @ w.t() + b))
        hidden1 = torch.sigmoid(v1 @ w + c)
        w.add_(data.t() @ hidden0 - v1.t() @ hidden1, alpha=0.01 / batch)
        b.add_((data - v1).mean(0), alpha=0.01)
        c.add_((hidden0 - hidden1).mean(0), alpha=0.01)

    return step


KINDS = [matmul, conv, softmax, layernorm, elementwise, reduce, mlp, cnn, lstm, gpt, rbm]
MAKERS = {maker.__name__: maker for maker in KINDS}


def make(task):
    sizes = dict(task)
    return MAKERS[sizes.pop("kind")](**sizes)


def status(field):
    """A figure in bytes from Linux's account of this process."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field + ":"):
                return 1024 * int(line.split()[1])
    raise OSError(f"there is no {field} in /proc/self/status")


imported = status("VmRSS") if os.path.exists("/proc/self/status") else 0
bench = Workbench(make)


def memory(request):
    """Peak of resident memory over what it was after the import, in bytes."""
    step = bench.step_of(request["definition"]["task"])
    for _ in range(request["steps"]):
        step()
    return {"bytes": status("VmHWM") - imported}


def first(request):
    """Time of the first step of a workload just made, in ms."""
    step = bench.step_of(request["definition"]["task"])
    begun = time.perf_counter()
    step()
    return {"ms": 1e3 * (time.perf_counter() - begun), "importMs": import_ms}


serve(
    {
        "peer": "PyTorch",
        "version": torch.__version__,
        "threads": torch.get_num_threads(),
        "kinds": list(MAKERS),
    },
    {"time": bench.time, "memory": memory, "first": first},
)

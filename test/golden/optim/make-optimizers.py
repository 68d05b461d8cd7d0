"""Writes optimizers.json: ten updates by PyTorch's optimisers from given gradients, ten steps of a
small network, the learning rates of its schedulers, and clipped gradients, in f64.

Run: python3 make-optimizers.py  (made with PyTorch 1.13)
"""

import json
import os

import torch
from torch.optim import lr_scheduler as schedulers

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def draw(*shape):
    return torch.round(torch.randn(*shape) * 8) / 8


def row(t):
    return {"shape": list(t.shape), "data": t.detach().reshape(-1).tolist()}


shapes = {"a": (3, 4), "b": (5,)}
start = {k: draw(*s) for k, s in shapes.items()}
gradients = [{k: draw(*s) for k, s in shapes.items()} for _ in range(10)]
for g in gradients:
    g["b"][0] = 0


# What 1.13 lacks, by its formulas in later versions.
class Adafactor(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0):
        defaults = {"lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                g, state, lr, eps = p.grad, self.state[p], group["lr"], group["eps"]
                eps1 = torch.finfo(p.dtype).eps if eps[0] is None else eps[0]
                t = state["step"] = state.get("step", 0) + 1
                share = t ** group["beta2_decay"]
                alpha = max(eps[1], p.square().mean().sqrt().item()) * min(lr, t**-0.5)
                p.mul_(1 - lr * group["weight_decay"])
                means = [g.square().mean(a, keepdim=True) for a in (-1, -2)] if g.dim() > 1 else [g.square()]
                moments = state.setdefault("moments", [torch.zeros_like(m) for m in means])
                for moment, mean in zip(moments, means):
                    moment.lerp_(mean, share)
                if g.dim() > 1:
                    row, column = moments
                    v = row @ column / row.mean(-2, keepdim=True).clamp(min=eps1)
                else:
                    v = moments[0].clone()
                u = g / v.clamp(min=eps1 * eps1).sqrt()
                p.sub_(alpha / max(1.0, u.square().mean().sqrt().item() / group["d"]) * u)


class Muon(torch.optim.Optimizer):
    """In the type of the parameter; PyTorch's iterates in bf16."""

    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, adjust=None):
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**defaults, "nesterov": nesterov, "adjust": adjust})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                g, lr, mu = p.grad, group["lr"], group["momentum"]
                buffer = self.state[p].setdefault("momentum", torch.zeros_like(p))
                buffer.lerp_(g, 1 - mu)
                x = g.lerp(buffer, mu) if group["nesterov"] else buffer
                tall = x.size(0) > x.size(1)
                x = x.T if tall else x
                x = x / x.norm().clamp(min=1e-7)
                for _ in range(5):
                    gram = x @ x.T
                    x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
                x = x.T if tall else x
                rows, columns = p.shape
                match = group["adjust"] == "match_rms_adamw"
                scale = 0.2 * max(rows, columns) ** 0.5 if match else max(1, rows / columns) ** 0.5
                p.mul_(1 - lr * group["weight_decay"]).sub_(lr * scale * x)


later = {"Adafactor": Adafactor, "Muon": Muon}
method = lambda kind: later[kind] if kind in later else getattr(torch.optim, kind)


# The one-tensor NAdam of PyTorch 1.13 counts a factor of the product twice, which later versions put
# right; its many-tensor form is right.
hidden = {"NAdam": {"foreach": True}}


def run(kind, options, group=None):
    p = {k: v.clone().requires_grad_() for k, v in start.items()}
    groups = [{"params": [p["a"]]}, {"params": [p["b"]], **(group or {})}]
    optimizer = method(kind)(groups, **options, **hidden.get(kind, {}))
    path = []
    for g in gradients:
        for k in p:
            p[k].grad = g[k].to_sparse(1) if kind == "SparseAdam" else g[k].clone()
        optimizer.step()
        path.append({k: row(v.clone()) for k, v in p.items()})
    return {"kind": kind, "options": options, "group": group, "path": path}


runs = [
    run("SGD", {"lr": 0.1}),
    run("SGD", {"lr": 0.1, "weight_decay": 0.05}),
    run("SGD", {"lr": 0.1, "momentum": 0.9}),
    run("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    run("SGD", {"lr": 0.1, "momentum": 0.8, "dampening": 0.3}),
    run("SGD", {"lr": 0.1, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1, "maximize": True}),
    run("SGD", {"lr": 0.1, "momentum": 0.9}, {"lr": 0.01, "momentum": 0.5}),
    run("Adam", {"lr": 0.01}),
    run("Adam", {"lr": 0.01, "betas": [0.5, 0.9], "eps": 1e-3}),
    run("Adam", {"lr": 0.01, "weight_decay": 0.1}),
    run("Adam", {"lr": 0.01, "weight_decay": 0.1, "maximize": True}),
    run("Adam", {"lr": 0.01}, {"lr": 0.1, "weight_decay": 0.5}),
    run("AdamW", {"lr": 0.01}),
    run("AdamW", {"lr": 0.01, "weight_decay": 0.3, "betas": [0.8, 0.99]}),
    run("AdamW", {"lr": 0.01, "maximize": True}, {"weight_decay": 0.0}),
    run("Adam", {"lr": 0.01, "amsgrad": True, "betas": [0.9, 0.6]}),
    run("AdamW", {"lr": 0.01, "amsgrad": True, "betas": [0.9, 0.6]}),
    run("Adagrad", {"lr": 0.1}),
    run("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    run("Adagrad", {"lr": 0.1, "maximize": True}, {"lr": 0.3}),
    run("RMSprop", {"lr": 0.01}),
    run("RMSprop", {"lr": 0.01, "alpha": 0.9, "momentum": 0.8, "weight_decay": 0.1}),
    run("RMSprop", {"lr": 0.01, "alpha": 0.9, "centered": True, "eps": 1e-3}),
    run("RMSprop", {"lr": 0.01, "alpha": 0.7, "centered": True, "momentum": 0.5, "eps": 1e-2}),
    run("Adadelta", {}),
    run("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}),
    run("Adadelta", {"maximize": True}),
    run("Adamax", {}),
    run("Adamax", {"lr": 0.05, "betas": [0.7, 0.9], "eps": 1e-2, "weight_decay": 0.1}),
    run("Adamax", {"lr": 0.05, "maximize": True}),
    run("NAdam", {}),
    run("NAdam", {"lr": 0.05, "betas": [0.7, 0.9], "eps": 1e-3, "weight_decay": 0.1}),
    run("NAdam", {"lr": 0.05, "momentum_decay": 0.2}),
    run("NAdam", {"lr": 0.05, "momentum_decay": 0.0}),
    run("RAdam", {"lr": 0.01}),
    run("RAdam", {"lr": 0.01, "betas": [0.8, 0.9], "eps": 1e-3, "weight_decay": 0.1}),
    run("Rprop", {"lr": 0.01}),
    run("Rprop", {"lr": 0.1, "etas": [0.4, 1.5], "step_sizes": [0.05, 0.3]}),
    run("ASGD", {"lr": 0.1}),
    run("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 3, "weight_decay": 0.1}),
    run("Adafactor", {}),
    run("Adafactor", {"lr": 0.5, "beta2_decay": -0.5, "eps": [1e-2, 0.1], "d": 1.5, "weight_decay": 0.1}),
    run("SparseAdam", {"lr": 0.05}),
    run("SparseAdam", {"lr": 0.05, "betas": [0.7, 0.9], "eps": 1e-3}, {"lr": 0.2}),
]


def some_rows():
    """SparseAdam of a table of which each step reads some rows; the others have a gradient of 0 here."""
    p = torch.ones(4, 2, requires_grad=True)
    optimizer = torch.optim.SparseAdam([p], lr=0.1, betas=[0.7, 0.9])
    steps = []
    for rows in [[0, 1], [1], [3, 0], [1, 3], [0]]:
        values = torch.arange(1.0, 2 * len(rows) + 1).reshape(-1, 2)
        p.grad = torch.sparse_coo_tensor(torch.tensor([rows]), values, p.shape)
        optimizer.step()
        steps.append({"gradient": row(p.grad.to_dense()), "after": row(p.clone())})
    return steps


def matrices(options):
    p = [start["a"].clone().requires_grad_(), start["a"].T.clone().requires_grad_()]
    optimizer = Muon(p, **options)
    path = []
    for g in gradients:
        p[0].grad, p[1].grad = g["a"].clone(), g["a"].T.clone()
        optimizer.step()
        path.append({"a": row(p[0].clone()), "b": row(p[1].clone())})
    return {"kind": "Muon", "options": options, "group": None, "path": path}


muon = [
    matrices({"lr": 0.1}),
    matrices({"lr": 0.1, "momentum": 0.8, "nesterov": False, "weight_decay": 0.0}),
    matrices({"lr": 0.05, "adjust": "match_rms_adamw"}),
]


def hundred(kind, options):
    p = {k: v.clone().requires_grad_() for k, v in start.items()}
    optimizer = method(kind)(p.values(), **options, **hidden.get(kind, {}))
    for i in range(100):
        for k in p:
            p[k].grad = gradients[i % 10][k].clone()
        optimizer.step()
    return {"kind": kind, "options": options, "last": {k: row(v) for k, v in p.items()}}


long = [hundred("Adam", {"lr": 0.01}), hundred("AdamW", {"lr": 0.01}), hundred("NAdam", {"lr": 0.01})]

# A network: 4 inputs, 5 tanh units, 3 classes; one gradient of all 12 examples a step.
inputs, labels = draw(12, 4), torch.randint(0, 3, (12,))
first = {"0.weight": draw(5, 4), "0.bias": draw(5), "2.weight": draw(3, 5), "2.bias": draw(3)}


def train(kind, options):
    model = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    model.load_state_dict(first)
    optimizer = method(kind)(model.parameters(), **options, **hidden.get(kind, {}))
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    last = {k: row(v) for k, v in model.state_dict().items()}
    return {"kind": kind, "options": options, "losses": losses, "last": last}


networks = [
    train("SGD", {"lr": 0.3}),
    train("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    train("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    train("Adagrad", {"lr": 0.1}),
    train("RMSprop", {"lr": 0.01, "momentum": 0.5}),
    train("RMSprop", {"lr": 0.01, "centered": True}),
    train("Adadelta", {}),
    train("Adam", {"lr": 0.05}),
    train("Adam", {"lr": 0.05, "amsgrad": True}),
    train("AdamW", {"lr": 0.05, "weight_decay": 0.1}),
    train("Adamax", {"lr": 0.05}),
    train("NAdam", {"lr": 0.05}),
    train("RAdam", {"lr": 0.05}),
    train("Rprop", {"lr": 0.05}),
    train("ASGD", {"lr": 0.3}),
    train("Adafactor", {"lr": 0.1}),
]


def rates(name, steps, **options):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3, momentum=0.9)
    scheduler = getattr(schedulers, name)(optimizer, **options)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {"name": name, "options": options, "rates": found}


def several(name, steps, parts, join):
    """The rates of schedulers of an optimiser that another scheduler puts together."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    made = [getattr(schedulers, part)(optimizer, **options) for part, options in parts]
    scheduler = join(optimizer, made)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {"name": name, "options": {"parts": [options for _, options in parts]}, "rates": found}


halves = {"start_factor": 0.5, "end_factor": 1.0, "total_iters": 4}
schedules = [
    rates("StepLR", 25, step_size=7, gamma=0.5),
    rates("MultiStepLR", 25, milestones=[3, 11, 12], gamma=0.1),
    rates("ExponentialLR", 25, gamma=0.9),
    rates("CosineAnnealingLR", 21, T_max=20),
    rates("CosineAnnealingLR", 21, T_max=20, eta_min=0.05),
    rates("LinearLR", 25, start_factor=1.0, end_factor=0.2, total_iters=15),
    rates("LinearLR", 12, start_factor=0.25, end_factor=1.0, total_iters=8),
    rates("ConstantLR", 12, factor=0.5, total_iters=4),
    rates("PolynomialLR", 25, total_iters=20, power=2.0),
    rates("CosineAnnealingWarmRestarts", 25, T_0=7, eta_min=0.05),
    rates("CosineAnnealingWarmRestarts", 60, T_0=4, T_mult=2),
    rates("CyclicLR", 50, base_lr=0.1, max_lr=0.5, step_size_up=8),
    rates("CyclicLR", 50, base_lr=0.1, max_lr=0.5, step_size_up=5, step_size_down=9),
    rates("CyclicLR", 50, base_lr=0.1, max_lr=0.5, step_size_up=8, mode="triangular2"),
    rates("CyclicLR", 50, base_lr=0.1, max_lr=0.5, step_size_up=8, mode="exp_range", gamma=0.95),
    rates("OneCycleLR", 40, max_lr=0.3, total_steps=40),
    rates("OneCycleLR", 40, max_lr=0.3, total_steps=40, three_phase=True),
    rates("OneCycleLR", 41, max_lr=0.3, total_steps=41, pct_start=0.4, div_factor=10.0, final_div_factor=100.0, anneal_strategy="linear"),
    several(
        "ChainedScheduler",
        12,
        [("ConstantLR", {"factor": 0.1, "total_iters": 2}), ("ExponentialLR", {"gamma": 0.9})],
        lambda _, made: schedulers.ChainedScheduler(made),
    ),
    several(
        "SequentialLR",
        14,
        [("LinearLR", halves), ("ExponentialLR", {"gamma": 0.9})],
        lambda optimizer, made: schedulers.SequentialLR(optimizer, made, milestones=[5]),
    ),
]
for name, shape in [("LambdaLR", lambda t: 1 / (1 + t)), ("MultiplicativeLR", lambda t: 0.5 if t > 3 else 1.0)]:
    schedules.append({**rates(name, 10, lr_lambda=shape), "options": {}})

clipped = []
for limit, order in [(0.5, 2.0), (3.0, 2.0), (1000.0, 2.0), (2.0, 1.0), (0.5, float("inf"))]:
    p = [torch.zeros(s, requires_grad=True) for s in shapes.values()]
    for q, g in zip(p, gradients[0].values()):
        q.grad = g.clone()
    norm = torch.nn.utils.clip_grad_norm_(p, limit, order).item()
    found = {k: row(q.grad) for k, q in zip(shapes, p)}
    clipped.append({"limit": limit, "order": str(order), "norm": norm, "gradients": found})

with open(os.path.join(here, "optimizers.json"), "w") as out:
    json.dump(
        {
            "start": {k: row(v) for k, v in start.items()},
            "gradients": [{k: row(v) for k, v in g.items()} for g in gradients],
            "runs": runs,
            "muon": muon,
            "hundred": long,
            "someRows": some_rows(),
            "inputs": row(inputs),
            "labels": labels.tolist(),
            "first": {k: row(v) for k, v in first.items()},
            "networks": networks,
            "schedules": schedules,
            "clipped": clipped,
        },
        out,
        separators=(",", ":"),
    )
    out.write("\n")

"""Writes lbfgs.json: ten steps of PyTorch's LBFGS on a bowl, on Rosenbrock's valley and on a small
network, with and without line search; and the rates of the schedulers that watch or combine, in f64.

Run: python3 make-lbfgs.py  (made with PyTorch 1.13)
"""

import json
import os

import torch
from torch.optim import lr_scheduler as schedulers

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(5)
torch.set_default_dtype(torch.float64)


def draw(*shape):
    return torch.round(torch.randn(*shape) * 8) / 8


def row(t):
    return {"shape": list(t.shape), "data": t.detach().reshape(-1).tolist()}


x, y = draw(12, 3), draw(12)
first = {"w": draw(4, 3), "b": draw(4), "v": draw(4)}


def bowl(p):
    return ((p["w"] - 1) ** 2 * torch.arange(1.0, 5.0)).sum()


def valley(p):
    a, b = p["w"]
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2


def network(p):
    return (((x @ p["w"].T + p["b"]).tanh() @ p["v"] - y) ** 2).mean()


problems = {
    "bowl": (bowl, {"w": torch.tensor([3.0, -2.0, 0.5, 4.0])}),
    "valley": (valley, {"w": torch.tensor([-1.25, 1.0])}),
    "network": (network, first),
}


def run(problem, steps=10, **options):
    loss, start = problems[problem]
    p = {k: v.clone().requires_grad_() for k, v in start.items()}
    optimizer = torch.optim.LBFGS(p.values(), **options)

    def closure():
        optimizer.zero_grad()
        value = loss(p)
        value.backward()
        return value

    losses, path = [], []
    for _ in range(steps):
        losses.append(float(optimizer.step(closure)))
        path.append({k: row(v.clone()) for k, v in p.items()})
    return {
        "problem": problem,
        "options": options,
        "start": {k: row(v) for k, v in start.items()},
        "losses": losses,
        "path": path,
    }


wolfe = {"line_search_fn": "strong_wolfe"}
runs = [
    run("bowl", max_iter=1, lr=0.5),
    run("bowl", max_iter=3, lr=0.5, history_size=2),
    run("bowl", **wolfe, max_iter=2),
    run("valley", **wolfe, max_iter=2),
    run("valley", **wolfe, max_iter=4, history_size=3, lr=0.3),
    run("network", max_iter=2, lr=0.1),
    run("network", **wolfe, max_iter=2),
]


# Ten updates from given gradients: of losses that are linear, so that nothing else is in them.
start = {"a": draw(3, 4), "b": draw(5)}
gradients = [{k: draw(*v.shape) for k, v in start.items()} for _ in range(10)]
for g in gradients:
    g["b"][0] = 0


def updates(**options):
    p = {k: v.clone().requires_grad_() for k, v in start.items()}
    optimizer = torch.optim.LBFGS(p.values(), max_iter=1, **options)
    path = []
    for g in gradients:

        def closure():
            optimizer.zero_grad()
            value = sum((g[k] * p[k]).sum() for k in p)
            value.backward()
            return value

        optimizer.step(closure)
        path.append({k: row(v.clone()) for k, v in p.items()})
    return {"options": {"max_iter": 1, **options}, "path": path}


given = {
    "start": {k: row(v) for k, v in start.items()},
    "gradients": [{k: row(v) for k, v in g.items()} for g in gradients],
    "runs": [updates(), updates(lr=0.1), updates(lr=0.1, history_size=3)],
}


def rates(make, values=None, steps=12, lr=0.3):
    p = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=lr)
    scheduler = make(optimizer)
    found = []
    for i in range(steps):
        if values is None:
            found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([] if values is None else [values[i]]))
        if values is not None:
            found.append(optimizer.param_groups[0]["lr"])
    return found


values = [3, 2, 2, 2, 2.5, 1.9999, 2, 2, 1, 1, 1, 1, 1, 1.5, 1, 1, 0.5, 0.6, 0.6, 0.6]
plateaus = [
    {"options": o, "rates": rates(lambda op: schedulers.ReduceLROnPlateau(op, **o), values, len(values))}
    for o in [
        {"patience": 1},
        {"patience": 2, "factor": 0.5, "cooldown": 2},
        {"patience": 0, "factor": 0.5, "threshold": 0.5, "threshold_mode": "abs", "min_lr": 0.02},
        {"mode": "max", "patience": 3, "factor": 0.25, "eps": 0.05},
    ]
]
combined = {
    "chained": rates(
        lambda op: schedulers.ChainedScheduler(
            [
                schedulers.ConstantLR(op, factor=0.1, total_iters=3),
                schedulers.ExponentialLR(op, gamma=0.9),
            ]
        )
    ),
    "multiplicative": rates(lambda op: schedulers.MultiplicativeLR(op, lambda step: 0.95)),
    "lambda": rates(lambda op: schedulers.LambdaLR(op, lambda step: 1 / (1 + step))),
    "sequential": rates(
        lambda op: schedulers.SequentialLR(
            op,
            [
                schedulers.ConstantLR(op, factor=0.1, total_iters=100),
                schedulers.ExponentialLR(op, gamma=0.9),
            ],
            milestones=[4],
        )
    ),
}

with open(os.path.join(here, "lbfgs.json"), "w") as out:
    json.dump(
        {"x": row(x), "y": row(y), "runs": runs, "given": given, "values": values, "plateaus": plateaus, "combined": combined},
        out,
        separators=(",", ":"),
    )
    out.write("\n")

"""Writes optimizers.json: ten updates by PyTorch's optimisers from given gradients, the learning
rates of its schedulers, and clipped gradients, in f64.

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


def run(kind, options, group=None):
    p = {k: v.clone().requires_grad_() for k, v in start.items()}
    groups = [{"params": [p["a"]]}, {"params": [p["b"]], **(group or {})}]
    optimizer = getattr(torch.optim, kind)(groups, **options)
    path = []
    for g in gradients:
        for k in p:
            p[k].grad = g[k].clone()
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
]


def rates(name, steps, **options):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    scheduler = getattr(schedulers, name)(optimizer, **options)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {"name": name, "options": options, "rates": found}


schedules = [
    rates("StepLR", 25, step_size=7, gamma=0.5),
    rates("MultiStepLR", 25, milestones=[3, 11, 12], gamma=0.1),
    rates("ExponentialLR", 25, gamma=0.9),
    rates("CosineAnnealingLR", 21, T_max=20),
    rates("CosineAnnealingLR", 21, T_max=20, eta_min=0.05),
    rates("LinearLR", 25, start_factor=1.0, end_factor=0.2, total_iters=15),
]

clipped = []
for limit in [0.5, 3.0, 1000.0]:
    p = [torch.zeros(s, requires_grad=True) for s in shapes.values()]
    for q, g in zip(p, gradients[0].values()):
        q.grad = g.clone()
    norm = torch.nn.utils.clip_grad_norm_(p, limit)
    clipped.append(
        {"limit": limit, "norm": norm.item(), "gradients": {k: row(q.grad) for k, q in zip(shapes, p)}}
    )

with open(os.path.join(here, "optimizers.json"), "w") as out:
    json.dump(
        {
            "start": {k: row(v) for k, v in start.items()},
            "gradients": [{k: row(v) for k, v in g.items()} for g in gradients],
            "runs": runs,
            "schedules": schedules,
            "clipped": clipped,
        },
        out,
        separators=(",", ":"),
    )
    out.write("\n")

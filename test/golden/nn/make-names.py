"""Writes pytorch-names.json: what torch.nn and torch.optim export, by door, for nn/parity.test.ts.

Run: python3 make-names.py  (made with PyTorch 1.13)
"""

import inspect
import json
import os

import torch
import torch.nn.utils.parametrizations
import torch.nn.utils.prune
import torch.nn.utils.stateless
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler

here = os.path.dirname(os.path.abspath(__file__))


def classes(module):
    return sorted(name for name, value in vars(module).items() if inspect.isclass(value))


def own(module):
    """What a module defines itself, by name."""
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    )


# Functions of torch.nn.functional are written there or built into torch; what it takes from elsewhere to
# write them with is none of its own.
helpers = ("torch.overrides", "torch._jit_internal", "typing")
functions = sorted(
    name
    for name, value in vars(F).items()
    if not name.startswith("_")
    and callable(value)
    and not inspect.isclass(value)
    and getattr(value, "__module__", None) not in helpers
    and "torch_function" not in name
)
doors = {
    "nn": sorted(nn.modules.__all__),
    "functional": functions,
    "init": own(nn.init),
    "optim": classes(torch.optim),
    "lr_scheduler": [name for name in own(lr_scheduler) if inspect.isclass(getattr(lr_scheduler, name))],
    "utils": sorted(
        {
            name
            for module in [
                *(nn.utils.clip_grad, nn.utils.convert_parameters, nn.utils.fusion, nn.utils.init),
                *(nn.utils.memory_format, nn.utils.parametrizations, nn.utils.parametrize),
                *(nn.utils.prune, nn.utils.rnn, nn.utils.stateless),
            ]
            for name in own(module)
        }
        | {"spectral_norm", "remove_spectral_norm", "weight_norm", "remove_weight_norm"}
    ),
}
with open(os.path.join(here, "pytorch-names.json"), "w") as out:
    json.dump(doors, out, indent=1)
    out.write("\n")

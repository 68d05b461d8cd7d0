"""Writes numpy.json: small .npy and .npz files by NumPy itself, with the values they hold.

Run: python3 make-numpy.py  (any NumPy from 1.24)
"""

import base64
import io
import json

import numpy as np


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def row(data, array):
    flat = array.astype("f8") if array.dtype.kind == "f" else array
    values = [str(v) if not np.isfinite(v) else float(v) for v in flat.ravel(order="C")]
    return {"bytes": base64.b64encode(data).decode(), "shape": list(array.shape), "values": values}


rows = {}
for kind in ["f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "b1"]:
    for order in "<>":
        base = np.arange(-3, 3) if kind[0] in "fi" else np.arange(6)
        array = (base * (1.25 if kind[0] == "f" else 1)).reshape(2, 3).astype(order + kind)
        if kind == "b1":
            array = base.reshape(2, 3) % 2 == 1
        rows[f"{order}{kind}"] = row(npy(array), array)
edge = np.array([np.inf, -np.inf, 65504, 2**-24, -0.0], dtype="<f2")
rows["f2 edges"] = row(npy(edge), edge)
wide = np.array([-(2**31), 2**31 - 1], dtype="<i8")
rows["i8 edges"] = row(npy(wide), wide)
cube = np.arange(24, dtype="<f4").reshape(2, 3, 4)
rows["fortran"] = row(npy(np.asfortranarray(cube)), cube)
rows["fortran >i2"] = row(npy(np.asfortranarray(cube.astype(">i2"))), cube)
scalar = np.array(7.5)
rows["0-d"] = row(npy(scalar), scalar)
empty = np.zeros((3, 0, 2), dtype="<i4")
rows["empty"] = row(npy(empty), empty)
rows["version 2.0"] = row(npy(cube, (2, 0)), cube)
rows["version 3.0"] = row(npy(cube, (3, 0)), cube)

archives = {}
named = {"weight": cube, "naïve name": np.arange(5, dtype="<i8"), "flag": np.array(True)}
for name, save in [("stored", np.savez), ("deflated", np.savez_compressed)]:
    out = io.BytesIO()
    save(out, **named)
    archives[name] = base64.b64encode(out.getvalue()).decode()

refused = {
    "complex": npy(np.zeros(2, dtype="c8")),
    "structured": npy(np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")])),
    "text": npy(np.array(["ab", "c"])),
    "object": npy(np.array([1, None], dtype=object)),
    "date": npy(np.zeros(2, dtype="datetime64[ns]")),
}
with open("numpy.json", "w") as out:
    refusals = {k: base64.b64encode(v).decode() for k, v in refused.items()}
    json.dump({"npy": rows, "npz": archives, "refused": refusals}, out, indent=1)
    out.write("\n")

"""Correctly rounded f64 values of the functions of src/compile/math.ts: python3 math-values.py > math-values.json

Rows are [x, f(x)], 60 or so a function: every order of magnitude, both sides of the places where the
implementation changes formula, and random points. Made with mpmath at 60 digits.
"""

import json
import random
from mpmath import mp, mpf, exp, expm1, log, log1p, sin, cos, tanh, erf

mp.dps = 60
random.seed(1)


def signed(points):
    return [s * p for p in points for s in (1.0, -1.0)]


def near(*edges):
    return [e * (1 + d) for e in edges for d in (-1e-9, 1e-9)]


small = [5e-324, 1e-310, 2.3e-308, 1e-200, 1e-30, 1e-17, 1e-16, 1e-12, 1e-9, 1e-8, 1e-6, 1e-4, 0.01]


def some(low, high, n):
    return [random.uniform(low, high) for _ in range(n)]


angles = signed(small + some(0, 4, 8) + some(4, 1e3, 6) + some(1e3, 1e5, 8)) + [
    1.5707963267948966, 3.141592653589793, 6.283185307179586, 99999.9, 355.0, 710.0, 103993.0 / 33102 * 11]
points = {
    "exp": signed(small + near(0.34657359) + some(0, 2, 10) + some(2, 700, 12)) + [709.78, 709.7827128933839, -708.5, -720.3, -740.0, -744.4, -745.1],
    "expm1": signed(small + near(0.34657359, 1.0397) + some(0, 2, 12)) + some(2, 700, 10) + some(-36, -2, 8) + [709.7827, -37.5, -50.0],
    "log": small + [1e300, 1.7976931348623157e308] + near(0.5, 0.70710678, 1.0, 1.41421356, 2.0) + some(0.5, 2, 20) + [2.0**e * 1.1 for e in range(-1070, 1024, 90)],
    "log1p": signed(small + some(0, 0.99, 16)) + some(1, 10, 8) + [2.0**e * 1.1 for e in range(2, 1024, 90)] + [-1 + 2.0**-e for e in (5, 20, 53)] + near(0.41421356, -0.29289321),
    "sin": angles,
    "cos": angles,
    "tanh": signed(small + near(0.5) + some(0, 1, 12) + some(1, 20, 10) + [19.5, 25.0]),
    "erf": signed(small + near(1.0, 1.5) + some(0, 1.5, 14) + some(1.5, 6, 12) + [5.8, 5.95, 6.5]),
}
functions = dict(exp=exp, expm1=expm1, log=log, log1p=log1p, sin=sin, cos=cos, tanh=tanh, erf=erf)


def nearest(value):
    """The nearest f64 (denormals too, where mpmath's own conversion rounds twice)."""
    scaled = abs(value) * mpf(2) ** 1074
    if scaled < 2**52:
        return float(int(mp.nint(scaled))) * 5e-324 * (1 if value > 0 else -1)
    return float(value)


print("{")
for i, (name, f) in enumerate(functions.items()):
    rows = ",\n".join(json.dumps([x, nearest(f(mpf(x)))]) for x in points[name])
    print(f'"{name}": [\n{rows}\n]' + ("," if i < len(functions) - 1 else ""))
print("}")

"""The polynomials of src/compile/math-f32.ts and math-f64.ts: python3 math-coefficients.py

Minimax fits by Remez exchange on a dense grid. Coefficients are rounded one at a time, the one
that counts most first, and the rest fitted again to what the rounding left, so the printed
numbers are exact in the target type. Prints each fit with its largest weighted error.
"""

import struct
from mpmath import mp, mpf, matrix, lu_solve, cos, sin, exp, expm1, log, log1p, tanh, erf, erfc, pi, sqrt, diff

mp.dps = 60


def round32(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def round64(x):
    return mpf(float(x))


def minimax(target, weight, powers, grid):
    """Coefficients c of sum c_i x^powers_i with the least maximum of |weight * (sum - target)|."""
    n = len(powers)
    t = [target(x) for x in grid]
    w = [weight(x) for x in grid]
    basis = [[x**p for p in powers] for x in grid]
    last = len(grid) - 1
    chosen = [int(round(float(last * (1 - cos(pi * i / n)) / 2))) for i in range(n + 1)]
    for _ in range(40):
        a = matrix(n + 1, n + 1)
        b = matrix(n + 1, 1)
        for row, g in enumerate(chosen):
            for col in range(n):
                a[row, col] = w[g] * basis[g][col]
            a[row, n] = (-1) ** row
            b[row] = w[g] * t[g]
        solution = lu_solve(a, b)
        c = [solution[i] for i in range(n)]
        error = [w[g] * (sum(c[i] * basis[g][i] for i in range(n)) - t[g]) for g in range(len(grid))]
        extremes = []
        for g, e in enumerate(error):
            if extremes and (error[extremes[-1]] > 0) == (e > 0):
                if abs(e) > abs(error[extremes[-1]]):
                    extremes[-1] = g
            else:
                extremes.append(g)
        while len(extremes) > n + 1:
            extremes.pop(0 if abs(error[extremes[0]]) < abs(error[extremes[-1]]) else -1)
        if len(extremes) < n + 1 or extremes == chosen:
            break
        chosen = extremes
    return c, max(abs(e) for e in error)


def fit(name, target, weight, degree, low, high, rounding, points=500):
    # No point is exactly 0: targets are quotients with a removable singularity there.
    low, high = mpf(low), mpf(high)
    grid = [low + (high - low) * (1 - cos(pi * (2 * i + 1) / (2 * points))) / 2 for i in range(points)]
    best = None
    fixed = []
    for power in range(degree + 1):
        rest = lambda x: target(x) - sum(c * x**i for i, c in enumerate(fixed))
        c, error = minimax(rest, weight, list(range(power, degree + 1)), grid)
        if power == 0:
            ideal = error
        # Refitting may break down where x = 0 is inside: keep the best mixture of both ways.
        tried = fixed + [rounding(v) for v in c]
        error = max(abs(weight(x) * (target(x) - sum(c * x**i for i, c in enumerate(tried)))) for x in grid)
        if best is None or error < best[0]:
            best = error, tried
        fixed.append(rounding(c[0]))
    error, fixed = best
    print(f"// {name}: error 2^{float(log(error, 2)):.1f} (2^{float(log(ideal, 2)):.1f} before rounding)")
    print("[" + ", ".join(repr(float(c)) for c in fixed) + "]", flush=True)


def scaled(values, rounding):
    print("[" + ", ".join(repr(float(rounding(v))) for v in values) + "]")


for rounding, e, t, l, s, co, er in [(round32, 4, 4, 7, 2, 2, 5), (round64, 10, None, 6, 5, 5, 11)]:
    print("//", rounding.__name__)
    half = log(2) / 2 * mpf("1.001")
    fit("exp: (e^r - 1 - r) / r^2", lambda r: (expm1(r) - r) / r**2, lambda r: r**2 / abs(expm1(r)), e, -half, half, rounding)
    fit("sin: (sin r - r) / r^3 in r^2", lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z,
        lambda z: z * sqrt(z) / sin(sqrt(z)), s, 0, (pi / 4 * mpf("1.001"))**2, rounding)
    fit("cos: (cos r - 1 + r^2 / 2) / r^4 in r^2", lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2,
        lambda z: z**2 / cos(sqrt(z)), co, 0, (pi / 4 * mpf("1.001"))**2, rounding)
    edge = 1 if rounding is round64 else mpf("0.86")
    fit(f"erf: erf x / x - 1 in x^2, |x| < {edge}", lambda z: erf(sqrt(z)) / sqrt(z) - 1,
        lambda z: sqrt(z) / erf(sqrt(z)), er, 0, mpf(edge)**2, rounding)
    if rounding is round32:
        fit("log: (log(1 + f) - f + f^2 / 2) / f^3", lambda f: (log1p(f) - f + f * f / 2) / f**3,
            lambda f: f**3 / log1p(f), l, sqrt(mpf(0.5)) - 1, sqrt(mpf(2)) - 1, rounding)
        fit("tanh: (tanh x / x - 1) / x^2 in x^2, |x| < 0.625", lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z,
            lambda z: z * sqrt(z) / tanh(sqrt(z)), t, 0, mpf("0.626")**2, rounding)
        fit("erf: log erfc x, 0.85 < x < 3.95", lambda x: log(erfc(x)), lambda x: erfc(x) / erf(x), 6, 0.85, 3.95, rounding)
    else:
        # log(1 + f) = 2 s + s^3 R(s^2), s = f / (2 + f)
        top = (3 - 2 * sqrt(mpf(2)))
        fit("log: (log((1 + s) / (1 - s)) / s - 2) / s^2 in s^2",
            lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z) - 2) / z,
            lambda z: z * sqrt(z) / log((1 + sqrt(z)) / (1 - sqrt(z))), l, 0, top**2 * mpf("1.001"), rounding)
        c = mpf(2.5)
        at = lambda t: c * (1 + t) / (1 - t)
        fit("erf: e^(x^2) erfc x in (x - 2.5) / (x + 2.5), 1 < x < 6", lambda t: exp(at(t)**2) * erfc(at(t)),
            lambda t: exp(-at(t)**2) / erf(at(t)), 12, (1 - c) / (1 + c), (6 - c) / (6 + c), rounding)

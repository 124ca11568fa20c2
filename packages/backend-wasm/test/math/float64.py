"""Writes float64.csv: functions, their arguments, and the correctly rounded results in float64. Needs mpmath."""

import random
from pathlib import Path

import mpmath
from mpmath import mp, mpf

mp.prec = 2200  # exact for differences of numbers of any exponent

RANDOM = random.Random(1)
COUNT = 60


def signed(value):
    return value if RANDOM.random() < 0.5 else -value


def uniform(low, high):
    return [RANDOM.uniform(low, high) for _ in range(COUNT)]


def wide(low, high):
    """Of all exponents from low to high."""
    return [2.0 ** RANDOM.randint(low, high) * RANDOM.uniform(1, 2) for _ in range(COUNT)]


def both(values):
    return [signed(value) for value in values]


def near(point, low=-50, high=-2):
    return [point + signed(2.0 ** RANDOM.randint(low, high)) * RANDOM.uniform(1, 2) for _ in range(COUNT)]


def c_mod(a, b):
    return mpmath.sign(a) * mpmath.fmod(abs(a), abs(b))


UNARY = {
    "exp": (mpmath.exp, uniform(-745, 709.7) + both(wide(-60, 3))),
    "exp2": (lambda x: mpf(2) ** x, uniform(-1074, 1023.9) + both(wide(-60, 3))),
    "expm1": (mpmath.expm1, uniform(-60, 709.7) + uniform(-2, 2) + both(wide(-1070, 3))),
    "log": (mpmath.log, wide(-1073, 1022) + near(1) + uniform(0.5, 2)),
    "log2": (lambda x: mpmath.log(x, 2), wide(-1073, 1022) + near(1) + uniform(0.5, 2)),
    "log10": (mpmath.log10, wide(-1073, 1022) + near(1) + uniform(0.5, 2)),
    "log1p": (mpmath.log1p, wide(-1073, 1022) + uniform(-0.9999, 2) + both(wide(-60, -2))),
    "sin": (mpmath.sin, uniform(-8, 8) + both(wide(-1000, 18)) + near(3.141592653589793)),
    "cos": (mpmath.cos, uniform(-8, 8) + both(wide(-1000, 18)) + near(1.5707963267948966)),
    "tan": (mpmath.tan, uniform(-8, 8) + both(wide(-1000, 18)) + near(1.5707963267948966)),
    "asin": (mpmath.asin, uniform(-1, 1) + both(wide(-1073, -2)) + [1 - abs(x - 1) for x in near(1, -50, -3)]),
    "acos": (mpmath.acos, uniform(-1, 1) + both(wide(-60, -2)) + both([1 - abs(x - 1) for x in near(1, -50, -3)])),
    "atan": (mpmath.atan, uniform(-4, 4) + both(wide(-1073, 1022))),
    "sinh": (mpmath.sinh, uniform(-710.4, 710.4) + uniform(-3, 3) + both(wide(-1073, 8))),
    "cosh": (mpmath.cosh, uniform(-710.4, 710.4) + uniform(-3, 3) + both(wide(-60, 8))),
    "tanh": (mpmath.tanh, uniform(-23, 23) + uniform(-1, 1) + both(wide(-1073, 8))),
    "asinh": (mpmath.asinh, uniform(-4, 4) + both(wide(-1073, 1022)) + both(wide(20, 34))),
    "acosh": (mpmath.acosh, uniform(1, 4) + [1 + 2.0 ** -k for k in range(1, 53)] + wide(0, 1022) + wide(20, 34)),
    "atanh": (mpmath.atanh, uniform(-1, 1) + both(wide(-1073, -2)) + both([1 - abs(x - 1) for x in near(1, -50, -3)])),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), uniform(-740, 40) + uniform(-3, 3) + both(wide(-60, 5))),
    "erf": (mpmath.erf, uniform(-6, 6) + uniform(-1, 1) + both(wide(-1000, 3))),
    "erfc": (mpmath.erfc, uniform(-6, 26.5) + uniform(-1, 2) + both(wide(-60, 3))),
}

GRID = [a * 2.0 ** k for k in (-1000, -300, -1, 0, 1, 40, 1000) for a in (1.0, 1.3, 1.9)]
PAIRS = [(signed(a), signed(b)) for a in GRID for b in GRID]

POWERS = [(x, RANDOM.uniform(-700, 700) / abs(float(mpmath.log(x)) or 1)) for x in wide(-1000, 1000) + wide(-2, 1)]
POWERS += [(x, signed(2.0 ** RANDOM.randint(20, 50))) for x in near(1, -52, -40)]
POWERS += [(-x, float(RANDOM.randint(-9, 9))) for x in uniform(0.2, 4)]

BINARY = {
    "atan2": (mpmath.atan2, PAIRS + list(zip(uniform(-2, 2), uniform(-2, 2)))),
    "pow": (lambda a, b: mpmath.power(a, int(b)) if a < 0 else mpmath.power(a, b), POWERS),
    "fmod": (c_mod, PAIRS + list(zip(both(wide(-20, 30)), both(wide(-20, 3))))),
}


def rounded(value):
    return float(mpf(value))


def main():
    rows = [(name, x, rounded(function(mpf(x)))) for name, (function, arguments) in UNARY.items() for x in arguments]
    for name, (function, arguments) in BINARY.items():
        rows += [(name, a, b, rounded(function(mpf(a), mpf(b)))) for a, b in arguments]
    lines = [",".join(map(str, row)) for row in rows if abs(row[-1]) != float("inf")]
    Path(__file__).with_suffix(".csv").write_text("\n".join(lines) + "\n")


main()

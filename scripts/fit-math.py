"""Fits the polynomials of native/kernels/math.inl and prints their coefficients and errors: python3 scripts/fit-math.py

Needs numpy, scipy and mpmath. Each fit is a weighted minimax approximation on a grid of Chebyshev nodes, solved as a
linear program. The coefficients become floats one by one from the lowest power, and those that are left are fitted
again, so that they make up for the rounding. `weight` turns the polynomial's error into the relative error of the
function's result; errors are printed in units of 2^-24, before and after rounding.
"""

import mpmath as mp
import numpy as np
from scipy.optimize import linprog

mp.mp.dps = 40
POINTS = 1500
UNIT = 2.0**24


def values(f, x):
    return np.array([float(f(mp.mpf(float(v)))) for v in x])


def minimax(x, target, weight, powers, span):
    """Coefficients of (x / span)^p that minimise max |weight * (target - polynomial)|."""
    columns = (weight[:, None] * (x[:, None] / span) ** np.array(powers)) * UNIT
    right = weight * target * UNIT
    ones = -np.ones((len(x), 1))
    result = linprog(
        np.r_[np.zeros(len(powers)), 1],
        A_ub=np.block([[columns, ones], [-columns, ones]]),
        b_ub=np.r_[right, -right],
        bounds=[(None, None)] * len(powers) + [(0, None)],
        method="highs",
    )
    return result.x[:-1], result.x[-1]


def fit(title, f, low, high, degree, weight):
    k = np.arange(POINTS)
    x = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (k + 0.5) / POINTS)
    rest, w, span = values(f, x), values(weight, x), max(abs(low), abs(high))
    coefficients, ideal = [], None
    for power in range(degree + 1):
        scaled, error = minimax(x, rest, w, list(range(power, degree + 1)), span)
        ideal = error if ideal is None else ideal
        coefficients.append(float(np.float32(scaled[0] / span**power)))
        rest = rest - coefficients[-1] * x**power
    print(f"{title}: error {ideal:.3f}, with float coefficients {np.max(np.abs(w * rest)) * UNIT:.3f}")
    for power, c in enumerate(coefficients):
        print(f"  c{power} = {c.hex().replace('0000000p', 'p')}")


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


if __name__ == "__main__":
    fit("exp_core", lambda r: (mp.expm1(r) - r) / r**2, -0.3475, 0.3475, 4, lambda r: r**2 / mp.expm1(r))
    fit(
        "log1p_core",
        lambda f: (mp.log1p(f) - f + f * f / 2) / f**3,
        float(mp.sqrt(0.5) - 1),
        float(mp.sqrt(2) - 1),
        7,
        lambda f: f**3 / mp.log1p(f),
    )
    fit("erf", lambda a: -mp.log(mp.erfc(a)) / a - 1, 1e-6, 4.0, 8, lambda a: a * mp.erfc(a) / mp.erf(a))
    # The floor keeps the polynomial rising where the weight is nothing.
    fit(
        "normal_tail",
        lambda a: -mp.log(normal_cdf(-a)),
        0.0,
        7.0,
        8,
        lambda a: max(normal_cdf(-a) / normal_cdf(a), mp.mpf(3e-11)),
    )

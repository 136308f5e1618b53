#!/usr/bin/env python3
"""Writes reference_values.hpp: exact quantities of Concrete distributions, to 25 digits.

    python3 tests/exact/references.py > tests/exact/reference_values.hpp

needs gmpy2 and mpmath, and takes half an hour: everything is computed twice, with coarser rules and fewer digits the
second time, and fails unless 26 digits agree; --quick leaves that out. Names of sections (kl, binary, moments,
gradients) restrict it to these. Errors against closed forms and integrals in one or two dimensions go to stderr.

Shares no method with the library beyond the identities themselves: composite Gauss-Legendre rules, nested, 45 digits.
With B = E^rho, E ~ Exp(1), everything follows from three functions of v, tabulated at the Gauss nodes of panels and
interpolated between them (they are analytic for |Im v| < pi/2 (1 + |rho|)):
    phi(v) = E exp(-e^v B),  psi1 = E[e^v B exp(-e^v B)],  psi2 = E[(e^v B)^2 exp(-e^v B)].
"""
import bisect
import math
import sys
import time
from itertools import accumulate
from operator import mul

import gmpy2
import mpmath
from gmpy2 import exp, log, mpfr, sqrt

DIGITS = 45  # of the first setting
CUT = DIGITS * math.log(10) + 4  # what e^-CUT scales is left out


class Setting:
    """Nodes per panel, panel widths relative to the half-widths of the strips of analyticity, working precision."""

    def __init__(self, outer, outer_width, inner, inner_width, bits):
        self.outer, self.outer_width, self.inner, self.inner_width, self.bits = (
            outer, outer_width, inner, inner_width, bits)


FIRST = Setting(104, 1.6, 88, 2.4, 212)
SECOND = Setting(94, 1.7, 76, 2.2, 204)


def context(setting):
    gmpy2.get_context().precision = setting.bits
    mpmath.mp.prec = setting.bits
    rules.clear()
    tables.clear()
    shifts.clear()


def from_mp(x):
    return mpfr(mpmath.nstr(x, 80))


def pi():
    return gmpy2.const_pi()


def gamma_constant():
    return gmpy2.const_euler()


rules = {}


def gauss(n):
    """Nodes (ascending) and weights of the Gauss-Legendre rule on (-1, 1), by Newton's method."""
    if n not in rules:
        nodes, weights = [], []
        for i in range(n):
            x = -gmpy2.cos(pi() * (i + mpfr(3) / 4) / (n + mpfr(1) / 2))
            for _ in range(7):
                a, b = mpfr(1), x
                for k in range(2, n + 1):
                    a, b = b, ((2 * k - 1) * x * b - (k - 1) * a) / k
                slope = n * (x * b - a) / (x * x - 1)
                x -= b / slope
            nodes.append(x)
            weights.append(2 / ((1 - x * x) * slope * slope))
        rules[n] = nodes, weights
    return rules[n]


def dot(a, b):
    return sum(map(mul, a, b), mpfr(0))


# ---- phi, psi1, psi2

class Table:
    """Lists (phi, 1 - phi, psi1, psi2) at the nodes of panel p, [p, p + 1] * width in v.

    The inner variable x is log(e^v B) for |rho| >= 1, log E otherwise: then one factor, K = exp(x - e^x), is fixed and
    the other, h = exp(-X), X = exp(kappa x + shift), |kappa| <= 1, has the wider strip. For |rho| >= 1 phi is
    P(Exp(1) > e^v B), integrated over the exponential.
    """

    def __init__(self, rho, moments, setting):
        # moments = 0 leaves out the psi, 1 psi2.
        self.rho, self.moments, self.setting = rho, moments, setting
        self.width = mpfr(setting.outer_width * math.pi / 2 * (1 + abs(float(rho))))
        self.by_z = abs(rho) >= 1
        self.kappa = 1 / rho if self.by_z else rho
        # K X decays as exp((1 - |kappa|) x) only, and X limits x to the left by the smallest v of interest.
        decay = 1 - abs(float(self.kappa)) if moments else 1.0
        lowest = max(-CUT / max(decay, 1e-9), -(CUT + 100) * 1.6)
        width = mpfr(setting.inner_width * math.pi / 2)
        x, k, high = [], [], mpfr(5)
        while high > lowest:
            left = max(0.0, 1 + min(float(high), 0.0) * decay / CUT)
            nodes, weights = gauss(int(setting.inner * left) + 10)
            half, middle = width / 2, high - width / 2
            for node, weight in zip(reversed(nodes), reversed(weights)):
                at = middle + half * node
                x.append(at)
                k.append(half * weight * exp(at - exp(at)))
            high -= width
        x.reverse()
        k.reverse()
        self.x, self.k = x, k
        self.position = [float(at) for at in x]
        self.scale = [exp(self.kappa * at) for at in x]
        self.kz = [a * exp(b) for a, b in zip(k, x)]
        self.mass = [mpfr(0)] + list(accumulate(k))
        self.panels = {}
        self.ones_to = self.zeros_from = None
        self.seconds = 0.0

    def at(self, v):
        shift = -v / self.rho if self.by_z else v
        factor = exp(shift)
        kappa, s = float(self.kappa), float(shift)
        # The x where X is so large that h = 0, so small that h = 1 - X.
        dead, linear = (5.1 - s) / kappa, (-75 - s) / kappa
        size = len(self.x)
        cut = bisect.bisect(self.position, dead)
        near = bisect.bisect(self.position, linear)
        first, last = (cut, size) if kappa < 0 else (0, cut)
        active = slice(max(first, 0), near) if kappa < 0 else slice(near, last)
        flat = slice(max(near, first), size) if kappa < 0 else slice(0, min(near, last))
        lost = self.mass[first] if kappa < 0 else self.mass[size] - self.mass[last]
        big = [a * factor for a in self.scale[active]]
        less = [gmpy2.expm1(-a) for a in big]
        small = [a * factor for a in self.scale[flat]]
        s0bar = lost - dot(self.k[active], less) + dot(self.k[flat], small)
        s0 = self.mass[size] - s0bar
        if s0 < 1e-8:  # relative accuracy where it is small
            s0 = dot(self.k[active], [exp(-a) for a in big]) + sum(self.k[flat], mpfr(0)) - dot(self.k[flat], small)
        phi, bar = (s0bar, s0) if self.by_z and self.rho > 0 else (s0, s0bar)
        if not self.moments:
            return phi, bar, mpfr(0), mpfr(0)
        big_h = [a * (1 + b) for a, b in zip(big, less)]
        s1 = dot(self.k[active], big_h) + dot(self.k[flat], small)
        if self.moments == 1:
            s2 = mpfr(0)
        elif self.by_z:
            s2 = dot(self.kz[active], big_h) + dot(self.kz[flat], small)
        else:
            s2 = dot(self.k[active], map(mul, big, big_h)) + dot(self.k[flat], map(mul, small, small))
        jacobian = abs(self.kappa) if self.by_z else 1
        return phi, bar, jacobian * s1, jacobian * s2

    def panel(self, p):
        if p in self.panels:
            return self.panels[p]
        n = self.setting.outer
        # phi is monotone, so beyond a panel of ones come ones; the psi keep their relative accuracy to the left.
        if self.zeros_from is not None and p >= self.zeros_from:
            return [mpfr(0)] * n, [mpfr(1)] * n, [mpfr(0)] * n, [mpfr(0)] * n
        if not self.moments and self.ones_to is not None and p <= self.ones_to:
            return [mpfr(1)] * n, [mpfr(0)] * n, [mpfr(0)] * n, [mpfr(0)] * n
        start = time.time()
        rows = [self.at(self.width * (p + (node + 1) / 2)) for node in gauss(n)[0]]
        columns = tuple([row[i] for row in rows] for i in range(4))
        self.panels[p] = columns
        self.seconds += time.time() - start
        if max(columns[0]) < 1e-56:
            self.zeros_from = p if self.zeros_from is None else min(p, self.zeros_from)
        if max(columns[1]) < 1e-56:
            self.ones_to = p if self.ones_to is None else max(p, self.ones_to)
        return columns


class Shifted:
    """The same at v + b, by barycentric interpolation."""

    def __init__(self, table, b):
        self.table, self.panels = table, {}
        n = table.setting.outer
        ratio = b / table.width
        self.whole = int(gmpy2.floor(ratio))
        fraction = ratio - self.whole
        nodes, weights = gauss(n)
        self.rows = None
        if fraction == 0:
            return
        bary = [(-1) ** i * sqrt((1 - x * x) * w) for i, (x, w) in enumerate(zip(nodes, weights))]
        self.rows = []
        for x in nodes:
            target = x + 2 * fraction
            step = 0
            if target > 1:
                target, step = target - 2, 1
            if target in nodes:
                row = [mpfr(int(target == y)) for y in nodes]
            else:
                row = [w / (target - y) for y, w in zip(nodes, bary)]
                total = sum(row, mpfr(0))
                row = [w / total for w in row]
            self.rows.append((step, row))

    def panel(self, p):
        if p in self.panels:
            return self.panels[p]
        here = self.table.panel(p + self.whole)
        if self.rows is None:
            result = here
        else:
            there = self.table.panel(p + self.whole + 1)
            result = []
            for i in range(4):
                sides = here[i], there[i]
                if i > 1 + self.table.moments:
                    result.append(here[i])
                elif all(a[0] == a[-1] == sides[0][0] for a in sides):  # monotone or all zero
                    result.append(here[i])
                else:
                    result.append([dot(row, sides[step]) for step, row in self.rows])
        self.panels[p] = result
        return result


tables, shifts = {}, {}


def table_of(rho, moments, setting):
    key = rho, moments
    if key not in tables:
        tables[key] = Table(rho, moments, setting)
    return tables[key]


def shifted(table, b):
    key = table.rho, table.moments, b
    if key not in shifts:
        shifts[key] = Shifted(table, b)
    return shifts[key]


def union(x, count):
    """1 - (1 - x)^count."""
    result = mpfr(0)
    while count:
        if count & 1:
            result += x - result * x
        x += x - x * x
        count >>= 1
    return result


# ---- expectations; classes are (b, count) with weights e^b

def mean_log_sum(rho, classes, setting):
    """E log sum_k e^b_k E_k^rho.

    -gamma - c + int_{-inf}^c (1 - Phi) dv - int_c^inf Phi dv with Phi = prod phi(v + b_k), for any c.
    """
    table = table_of(rho, 2 if rho < 0 and (rho, 2) in tables else 0, setting)
    terms = [(shifted(table, b), count) for b, count in classes]
    weights = [w * table.width / 2 for w in gauss(setting.outer)[1]]
    start = int(gmpy2.floor(-max(b for b, _ in classes) / table.width))
    total = -gamma_constant() - start * table.width
    p = start
    while True:  # to the right
        product = [mpfr(1)] * len(weights)
        for term, count in terms:
            phi = term.panel(p)[0]
            product = [a * b ** count for a, b in zip(product, phi)]
        total -= dot(weights, product)
        if max(product) < 10.0 ** -DIGITS:
            break
        p += 1
    p = start - 1
    while True:
        missing = [mpfr(0)] * len(weights)
        for term, count in terms:
            for i, bar in enumerate(term.panel(p)[1]):
                x = union(bar, count)
                missing[i] += x - missing[i] * x
        total += dot(weights, missing)
        if max(missing) < 10.0 ** -DIGITS:
            break
        p -= 1
    return total


def grouped(values, repeat):
    groups = {}
    for value, count in zip(values, repeat):
        groups[value] = groups.get(value, 0) + count
    return list(groups.items())


def kl_of_ratio(r, a_q, a_p, repeat, setting):
    """KL(q || p); depends on the temperatures by r = t_p / t_q only."""
    n = sum(repeat)
    m = [p - r * q for q, p in zip(a_q, a_p)]
    mean = dot(m, repeat) / n
    mean_log = mean_log_sum(r, grouped(m, repeat), setting)
    psi_n = -gamma_constant() + sum(mpfr(1) / k for k in range(1, n))
    return -(n - 1) * log(r) + n * (-gamma_constant() - psi_n) + n * (r * gamma_constant() - mean + mean_log)


class Moments:
    """Of the classes (b, count) with A = e^b E^rho, X = A / sum: relative accuracy, also of tiny ones."""

    def __init__(self, t, a, repeat, setting, second=True):
        rho = -1 / t
        table = table_of(rho, 2 if second or (rho, 2) in tables else 1, setting)
        b = [x / t for x in a]
        terms = [shifted(table, x) for x in b]
        size, top = len(a), max(range(len(a)), key=lambda k: b[k])
        weights = [w * table.width / 2 for w in gauss(setting.outer)[1]]
        pairs = [(i, j) for i in range(size) for j in range(i, size) if second and (i != j or repeat[i] > 1)]
        names = [('mean', k) for k in range(size)] + [('square', k) for k in range(size) if second]
        names += [('pair', i, j) for i, j in pairs] + [('log',)]
        sums = {name: mpfr(0) for name in names}

        def add(p):
            columns = [term.panel(p) for term in terms]
            worst = 0.0
            part = {name: mpfr(0) for name in names}
            for i, w in enumerate(weights):
                phi = [c[0][i] for c in columns]
                psi1 = [c[2][i] for c in columns]
                if max(phi) == 0:
                    continue

                def product(without):
                    result = w
                    for k in range(size):
                        power = repeat[k] - without.count(k)
                        if power:
                            result *= phi[k] ** power
                    return result

                for k in range(size):
                    others = product((k,))
                    part['mean', k] += psi1[k] * others
                    if second:
                        part['square', k] += columns[k][3][i] * others
                for j, k in pairs:
                    part['pair', j, k] += psi1[j] * psi1[k] * product((j, k))
                missing = mpfr(0)
                for k in range(size):
                    x = union(columns[k][1][i], repeat[k] - (k == top))
                    missing += x - missing * x
                part['log',] += w * phi[top] * missing
            for name in names:
                sums[name] += part[name]
                worst = max(worst, float(part[name] / sums[name]) if sums[name] else 0.0)
            return worst

        start = int(gmpy2.floor(-b[top] / table.width))
        p = start
        while add(p) > 10.0 ** -DIGITS or p < start + 1:
            p += 1
        p = start - 1
        while add(p) > 10.0 ** -DIGITS or p > start - 2:
            p -= 1

        self.n = sum(repeat)
        self.mean = [sums['mean', k] for k in range(size)]
        self.log_mean = [-sums['log',] - (b[top] - x) for x in b]
        self.mean_sum_error = abs(dot(self.mean, repeat) - 1)
        if not second:
            return
        pair = {}
        for j, k in pairs:
            pair[j, k] = pair[k, j] = sums['pair', j, k]
        self.covariance = {(j, k): v - self.mean[j] * self.mean[k] for (j, k), v in pair.items()}
        self.cross = []  # E X_k (1 - X_k)
        self.variance = []
        self.square_error = mpfr(0)
        for k in range(size):
            cross = sum(((repeat[j] - (j == k)) * pair[k, j] for j in range(size) if repeat[j] > (j == k)), mpfr(0))
            rest = sum(((repeat[j] - (j == k)) * self.mean[j] for j in range(size)), mpfr(0))
            self.variance.append(self.mean[k] * rest - cross)
            self.cross.append(cross)
            self.square_error = max(self.square_error, abs((sums['square', k] + cross) / self.mean[k] - 1))
        self.pair = pair

    def entropy(self, t, repeat):
        return log_entropy(t, self.n) + dot(self.log_mean, repeat)


def log_entropy(t, n):
    """Of ExpConcrete: log-ratio measure."""
    log_gamma = sum((log(mpfr(k)) for k in range(1, n)), mpfr(0))
    return -(log_gamma + (n - 1) * log(t) - n * sum(mpfr(1) / k for k in range(1, n)))


# ---- binary: one integral over the logistic noise

def over_logistic(f, count, centre, height, reach):
    """Integrals of the `count` functions f(l) over Logistic noise; nearest poles at +-i pi and centre +- i height."""
    nodes, weights = gauss(62)

    def distance(x):
        return min(math.hypot(float(x), math.pi), math.hypot(float(x) - centre, height))

    totals, low = [mpfr(0)] * count, mpfr(-reach)
    while low < reach:
        width = distance(low)
        while width > 0.95 * distance(low + width / 2) or width > 0.95 * distance(low + width):
            width *= 0.95
        half = mpfr(width) / 2
        middle = low + half
        for x, w in zip(nodes, weights):
            l = middle + half * x
            e = exp(-abs(l))
            density = half * w * e / ((1 + e) * (1 + e))
            for i, value in enumerate(f(l)):
                totals[i] += density * value
        low += 2 * half
    return totals


def softplus(x):
    return max(x, mpfr(0)) + gmpy2.log1p(exp(-abs(x)))


def sigmoid(x):
    return 1 / (1 + exp(-x))


def binary_kl(delta, r):
    """The value and its derivatives by delta and r."""
    def f(l):
        x = -delta - r * l
        s = sigmoid(x)
        return softplus(x), gmpy2.tanh(-x / 2), l * s

    soft, tanh, slope = over_logistic(f, 3, -float(delta / r), math.pi / float(r), CUT + 20)
    return -2 - log(r) + delta + 2 * soft, tanh, -1 / r - 2 * slope


def binary_moments(t, a):
    """E X, Var X and the entropy in x of BinaryConcrete."""
    low = -abs(a)  # the small mean, for relative accuracy

    def f(l):
        y = (low + l) / t
        s = sigmoid(y)
        return s, s * s, softplus(y) + softplus(-y)

    mean, square, minus_log = over_logistic(f, 3, -float(low), math.pi * float(t), CUT + 2 * abs(float(a)) + 20)
    return (mean if a <= 0 else 1 - mean), square - mean * mean, 2 - log(t) - minus_log


# ---- derivatives: central differences of order 4

STEP = '1e-11'


def derivative(values, step):
    """From the values at -2, -1, 1, 2 steps."""
    a, b, c, d = values
    return (8 * (c - b) - (d - a)) / (12 * step)


def kl_gradient(r, t_q, a_q, a_p, setting):
    step, ones = mpfr(STEP), [1] * len(a_q)
    sides = []
    for which in range(2):
        gradient = []
        for k in range(len(a_q)):
            values = []
            for i in (-2, -1, 1, 2):
                moved = [list(a_q), list(a_p)]
                moved[which][k] += i * step
                values.append(kl_of_ratio(r, moved[0], moved[1], ones, setting))
            gradient.append(derivative(values, step))
        sides.append(gradient)
    shifts.clear()  # thousands of them, used once
    step *= r
    by_r = derivative([kl_of_ratio(r + i * step, a_q, a_p, ones, setting) for i in (-2, -1, 1, 2)], step)
    return sides[0], sides[1], -by_r * r / t_q, by_r / t_q


def mean_gradient(t, a, u, setting):
    """Of sum_k u_k E X_k, measured from u of the largest logit."""
    top = max(range(len(a)), key=lambda k: a[k])
    u, ones = [x - u[top] for x in u], [1] * len(a)

    def value(t, a):
        return dot(u, Moments(t, a, ones, setting, second=False).mean)

    step, gradient = mpfr(STEP), []
    for k in range(len(a)):
        values = []
        for i in (-2, -1, 1, 2):
            moved = list(a)
            moved[k] += i * step
            values.append(value(t, moved))
        gradient.append(derivative(values, step))
    shifts.clear()
    step *= t
    return gradient, derivative([value(t + i * step, a) for i in (-2, -1, 1, 2)], step)


# ---- cases: all numbers exact in float

T05 = 13 / 256
MODERATE = {2: ([1.5, -1.25], [-0.25, 0.75]), 3: ([0.5, -1.75, 1.25], [-0.375, 1.125, 0]),
            10: ([1.5, -1.5, 0.25, 0.75, -0.875, 1.125, 0, -0.25, 0.5, -1.0625],
                 [-0.75, 0.5, 1.375, -1.5, 0, 1.25, -0.375, 0.875, -1, 0.1875]),
            100: ([1.5, -1.25, 0.25, 0.75, -1.5], [-0.5, 1, -1.5, 0, 1.25])}
WIDE = {2: ([30, -30], [-1, 2]), 3: ([-30, 12.5, 30], [0.5, -1.25, 0.75]),
        10: ([30, -30, 22.5, -17, 4, -8.5, 11.25, -23, 1, 16], [-2, 30, -30, 14.5, 9, 0, -6, 25.5, -19, 3]),
        100: ([30, -30, 12.5, 4, -17], [1, -1.5, 0, 0.75, -0.25])}
WIDE_P = {2: ([0.5, -0.75], [-20, 40]), 3: ([1, -1, 0.25], [-30, 30, 8.5]), 10: (WIDE[10][1], WIDE[10][0]),
          100: ([0.5, -1, 1.25, 0, -1.5], [-30, 4.5, 30, -11, 19])}
REPEAT = {2: [1] * 2, 3: [1] * 3, 10: [1] * 10, 100: [1, 14, 25, 40, 20]}
RATIOS = [T05, 0.5, 0.9375, 1, 1.0625, 2, 20]
TEMPERATURES = [T05, 0.6875, 20]


def kl_cases():
    cases = []
    for offset, n in enumerate(MODERATE):
        def add(t_q, r, logits, repeat):
            cases.append((t_q, t_q * r, logits[0], logits[1], repeat))
        for i, r in enumerate(RATIOS):
            add(TEMPERATURES[(i + offset) % 3], r, MODERATE[n], REPEAT[n])
        for i, r in enumerate([T05, 0.5, 1, 1.0625, 20]):
            add(TEMPERATURES[(i + offset + 1) % 3], r, (WIDE, WIDE_P)[i % 2][n], REPEAT[n])
        add(TEMPERATURES[offset % 3], 2, WIDE_P[n], REPEAT[n])
        near = MODERATE[n][0]
        add(TEMPERATURES[(offset + 1) % 3], 1, ([near[0] + 2.0 ** -20] + near[1:], near), REPEAT[n])
        add(TEMPERATURES[(offset + 1) % 3], 1, ([0.5], [-0.25]), [n])
        add(TEMPERATURES[(offset + 2) % 3], 0.5, ([0], [0]), [n])
    return cases


def binary_kl_cases():
    near, extreme = 2.0 ** -20, 60
    cases = [(d, r) for d in (0, 0.25, 3) for r in RATIOS]
    cases += [(d, r) for d in (near, extreme) for r in (T05, 1, 1.0625, 20)]
    return cases + [(-3, 0.5), (-12, 1), (12, T05), (12, 0.9375), (12, 2), (-60, 0.5)]


def moment_cases():
    cases = []
    for i, n in enumerate(MODERATE):
        for t in (T05, 0.25, 0.5, 0.9375, 1, 1.0625, 2, 20):
            cases.append((t, MODERATE[n][0], REPEAT[n]))
        for t in ((T05, 1, 20), (0.25, 1.0625, 2), (T05, 0.9375, 20), (T05, 0.5, 2))[i]:
            cases.append((t, WIDE[n][0], REPEAT[n]))
        cases.append(((0.5, 2, T05, 20)[i], [0.25], [n]))
    return cases


def binary_moment_cases():
    cases = [(t, a) for t in (T05, 0.25, 0.5, 0.9375, 1, 1.0625, 2, 20) for a in (0, 1.25)]
    return cases + [(t, a) for t in (T05, 1, 20) for a in (2.0 ** -20, -12, -60, 60)]


def kl_gradient_cases():
    cases = []
    for offset, n in enumerate((2, 3, 10)):
        for i, r in enumerate((T05, 0.5, 1, 1.0625, 20)):
            logits = WIDE if i == (offset + 1) % 5 else WIDE_P if i == (offset + 3) % 5 else MODERATE
            t_q = TEMPERATURES[(i + offset) % 3]
            cases.append((t_q, t_q * r, *logits[n]))
    return cases


def mean_gradient_cases():
    u = {2: [0.5, -1.25], 3: [1, -0.5, 2.25], 10: [1, -2, 0.5, 0.25, 3, -1, 0, 1.5, -0.75, 2]}
    cases = []
    for offset, n in enumerate((2, 3, 10)):
        for i, t in enumerate((T05, 0.5, 1, 2)):
            cases.append((t, MODERATE[n][i % 2], u[n]))
        cases.append(((T05, 2, 0.5)[offset], WIDE[n][0], u[n]))
    return cases


# ---- all values, as lists of numbers and nested lists

def numbers(values):
    return [mpfr(x) for x in values]


def compute(sections, setting):
    context(setting)
    result = {}
    if 'kl' in sections:
        result['kl'] = [kl_of_ratio(mpfr(t_p) / mpfr(t_q), numbers(a_q), numbers(a_p), repeat, setting)
                        for t_q, t_p, a_q, a_p, repeat in kl_cases()]
        progress('kl')
    if 'binary' in sections:
        result['binary_kl'] = [list(binary_kl(mpfr(d), mpfr(r))) for d, r in binary_kl_cases()]
        result['binary_moments'] = [list(binary_moments(mpfr(t), mpfr(a))) for t, a in binary_moment_cases()]
        progress('binary')
    if 'moments' in sections:
        rows, worst = [], mpfr(0)
        for t, a, repeat in moment_cases():
            t = mpfr(t)
            m = Moments(t, numbers(a), repeat, setting)
            worst = max(worst, m.mean_sum_error, m.square_error)
            covariance = [m.covariance[jk] for jk in ((0, 1), (0, 2), (1, 2))] if len(a) == m.n == 3 else []
            rows.append([m.mean, m.variance, covariance, m.log_mean, m.entropy(t, repeat), log_entropy(t, m.n)])
        result['moments'] = rows
        progress('moments')
        note('sum of the means less 1, E X_k^2 + E X_k (1 - X_k) over E X_k less 1', worst)
    if 'gradients' in sections:
        result['kl_gradients'] = [
            list(kl_gradient(mpfr(t_p) / mpfr(t_q), mpfr(t_q), numbers(a_q), numbers(a_p), setting))
            for t_q, t_p, a_q, a_p in kl_gradient_cases()]
        progress('gradients of kl')
        result['mean_gradients'] = [list(mean_gradient(mpfr(t), numbers(a), numbers(u), setting))
                                    for t, a, u in mean_gradient_cases()]
        progress('gradients of means')
    return result


# ---- checks

def note(what, error):
    print(f'{what}: {float(error):.2g}', file=sys.stderr, flush=True)


def progress(what):
    print(f'{what}: {time.process_time():.0f} s', file=sys.stderr, flush=True)


def flat(x):
    return [z for y in x for z in flat(y)] if isinstance(x, (list, tuple)) else [x]


def relative(a, b):
    return abs(a / b - 1) if b else abs(a)


def equal_temperature_kl(a_q, a_p):
    """Distinct m only: E log sum w_k E_k by partial fractions of prod 1 / (1 + w_k s)."""
    n = len(a_q)
    precision, gmpy2.get_context().precision = gmpy2.get_context().precision, 4000
    m = [mpfr(p) - mpfr(q) for q, p in zip(a_q, a_p)]
    w = [exp(x) for x in m]
    total = -sum(m) - n * sum(mpfr(1) / k for k in range(1, n))
    for k in range(n):
        term = n * m[k]
        for j in range(n):
            if j != k:
                term *= w[k] / (w[k] - w[j])
        total += term
    gmpy2.get_context().precision = precision
    return mpfr(total)


def plane(rho, b):
    """E log sum_k e^b_k E_k^rho and the E X_k for n = 3: the trapezoidal rule over both log-ratios of the noise."""
    step, reach = mpfr('0.14'), 65
    points = [step * i for i in range(int(-reach / step), int(reach / step) + 1)]
    noise = [exp(x) for x in points]
    first, second = ([exp(b[k] + rho * x) for x in points] for k in (0, 1))
    last, total, means = exp(b[2]), -rho * gamma_constant(), [mpfr(0)] * 2
    for e, w in zip(noise, first):
        for f, x in zip(noise, second):
            density = 2 * e * f * step * step / (1 + e + f) ** 3
            if density < 1e-29:
                continue
            all_ = w + x + last
            total += density * log(all_)
            means[0] += density * w / all_
            means[1] += density * x / all_
    return total, means


def closed_forms():
    """By gmpy2 and mpmath, of phi where it has one."""
    def want(rho, s):
        if rho == 0.5:
            return 1 - want(2, 1 / (s * s))
        root = mpmath.sqrt(s)
        return {1: lambda: 1 / (1 + s), -1: lambda: 2 * root * mpmath.besselk(1, 2 * root),
                2: lambda: mpmath.sqrt(mpmath.pi) / (2 * root) * mpmath.exp(1 / (4 * s)) * mpmath.erfc(1 / (2 * root))
                }[rho]()

    worst = mpfr(0)
    for rho in (1, -1, 2, 0.5):
        table = Table(mpfr(rho), 2 if rho < 0 else 0, FIRST)
        for v in (-30, -10, -3, 0, 2, 5, 9):
            with mpmath.workprec(700):
                worst = max(worst, abs(table.at(mpfr(v))[0] - from_mp(want(rho, mpmath.exp(v)))))
    note('phi for rho 1, -1, 2, 1/2 against closed forms', worst)


def check(sections, result):
    closed_forms()
    if 'binary' in sections:
        worst = max(relative(v[0], mpfr(d) / gmpy2.tanh(mpfr(d) / 2) - 2)
                    for (d, r), v in zip(binary_kl_cases(), result['binary_kl']) if r == 1 and abs(d) > 1e-3)
        note('binary kl at r = 1 against the closed form', worst)
    if 'kl' in sections:
        worst = [mpfr(0)] * 2
        for (t_q, t_p, a_q, a_p, repeat), value in zip(kl_cases(), result['kl']):
            if len(a_q) == 2:
                r = mpfr(t_p) / mpfr(t_q)
                want = binary_kl(r * (a_q[0] - mpfr(a_q[1])) - (a_p[0] - mpfr(a_p[1])), r)[0]
                worst[0] = max(worst[0], relative(value, want))
            distinct = len(set(p - q for p, q in zip(a_p, a_q))) == len(a_q) == sum(repeat)
            if t_p == t_q and distinct:
                worst[1] = max(worst[1], relative(value, equal_temperature_kl(a_q, a_p)))
        note('kl of n = 2 against the integral over one logistic', worst[0])
        note('kl at r = 1 against the closed form', worst[1])
    if 'moments' in sections:
        worst = mpfr(0)
        for (t, a, repeat), row in zip(moment_cases(), result['moments']):
            if len(a) == 2:
                for k in range(2):
                    mean, variance, _ = binary_moments(mpfr(t), mpfr(a[k]) - a[1 - k])
                    worst = max(worst, relative(row[0][k], mean), relative(row[1][k], variance))
        note('means and variances of n = 2 against integrals over one logistic', worst)
    if 'gradients' in sections:
        worst = [mpfr(0)] * 2
        for (t_q, t_p, a_q, a_p), (d_q, d_p, d_t_q, d_t_p) in zip(kl_gradient_cases(), result['kl_gradients']):
            r = mpfr(t_p) / mpfr(t_q)
            if len(a_q) == 2:
                _, slope, by_r = binary_kl(r * (a_q[0] - mpfr(a_q[1])) - (a_p[0] - mpfr(a_p[1])), r)
                by_r += slope * (a_q[0] - mpfr(a_q[1]))
                pairs = [(d_q[0], r * slope), (d_q[1], -r * slope), (d_p[0], -slope), (d_p[1], slope),
                         (d_t_q, -by_r * r / mpfr(t_q)), (d_t_p, by_r / mpfr(t_q))]
                worst[0] = max([worst[0]] + [relative(x, y) for x, y in pairs])
            elif r in (0.5, 1.0625):
                # X with exponent r instead of -1 / t
                m = Moments(-1 / r, [(r * q - p) / r for q, p in zip(numbers(a_q), numbers(a_p))], [1] * len(a_q),
                            FIRST, second=False)
                for k, mean in enumerate(m.mean):
                    want = len(a_q) * mean - 1
                    worst[1] = max(worst[1], relative(d_p[k], want), relative(d_q[k], -r * want))
        note('gradients of kl for n = 2 against integrals over one logistic', worst[0])
        note('gradients of kl by logits against means', worst[1])
        worst = [mpfr(0)] * 2
        for (t, a, u), (d_a, d_t) in zip(mean_gradient_cases(), result['mean_gradients']):
            if len(a) == 2:
                t, step = mpfr(t), mpfr(STEP) * mpfr(t)
                small = a.index(min(a))
                delta = mpfr(a[small]) - a[1 - small]
                by_t = derivative([binary_moments(t + i * step, delta)[0] for i in (-2, -1, 1, 2)], step)
                worst[1] = max(worst[1], relative(d_t, (u[small] - mpfr(u[1 - small])) * by_t))
            m = Moments(mpfr(t), numbers(a), [1] * len(a), FIRST)
            for k in range(len(a)):
                want = sum(((mpfr(u[k]) - u[j]) * m.pair[k, j] for j in range(len(a)) if j != k), mpfr(0)) / mpfr(t)
                worst[0] = max(worst[0], relative(d_a[k], want))
        note('gradients of means by logits against second moments', worst[0])
        note('gradients of means by t for n = 2 against integrals over one logistic', worst[1])
    if 'kl' in sections or 'moments' in sections:
        worst = mpfr(0)
        for rho in (mpfr(-1), mpfr('0.5'), mpfr('1.0625'), mpfr(-2)):
            b = numbers([0.5, -1.75, 1.25])
            total, means = plane(rho, b)
            m = Moments(-1 / rho, [-x / rho for x in b], [1] * 3, FIRST, second=False)
            worst = max([worst, abs(total - mean_log_sum(rho, grouped(b, [1] * 3), FIRST))] +
                        [abs(x - y) for x, y in zip(means, m.mean)])
        note('n = 3 against integrals over the plane', worst)
    progress('checks')


def compare(a, b):
    a, b = (flat([x[name] for name in sorted(x)]) for x in (a, b))
    worst = max((relative(x, y) if abs(y) > 1e-40 else abs(x - y), x) for x, y in zip(a, b))
    print(f'second setting: {float(worst[0]):.2g} at {float(worst[1])}', file=sys.stderr, flush=True)
    if len(a) != len(b) or worst[0] > 1e-26:
        sys.exit('the settings disagree')


# ---- the header

STRUCTS = """struct KlCase {
  double t_q, t_p;
  std::vector<double> a_q, a_p;
  std::vector<int> repeat;
  const char* value;
};

/// Of concentrations alone: delta = r a_q - a_p, r = t_p / t_q.
struct BinaryKlCase {
  double delta, r;
  const char *value, *d_delta, *d_r;
};

/// mean, variance, covariance and entropy of Concrete, log_mean and log_entropy of ExpConcrete. entropy is with respect
/// to all x but one, covariance of the pairs (0, 1), (0, 2), (1, 2), where n = 3.
struct MomentCase {
  double t;
  std::vector<double> a;
  std::vector<int> repeat;
  std::vector<const char*> mean, variance, covariance, log_mean;
  const char *entropy, *log_entropy;
};

/// Of BinaryConcrete; entropy with respect to x in (0, 1).
struct BinaryMomentCase {
  double t, a;
  const char *mean, *variance, *entropy;
};

/// Derivatives of KL(q || p).
struct KlGradientCase {
  double t_q, t_p;
  std::vector<double> a_q, a_p;
  std::vector<const char*> d_a_q, d_a_p;
  const char *d_t_q, *d_t_p;
};

/// Derivatives of sum_k u_k E X_k.
struct MeanGradientCase {
  double t;
  std::vector<double> a, u;
  std::vector<const char*> d_a;
  const char* d_t;
};
"""


def text(x):
    if isinstance(x, str):
        return x
    if isinstance(x, (list, tuple)):
        return '{' + ', '.join(text(y) for y in x) + '}'
    if isinstance(x, (int, float)):
        assert float(x) == x and abs(float(x) * 2 ** 24) % 1 == 0
        return repr(int(x)) if x == int(x) else repr(x)
    return '"' + ('0' if abs(x) < 1e-40 else format(x, '.25g')) + '"'


def table_text(kind, name, rows):
    lines = [f'inline const std::vector<{kind}> {name} = {{']
    for row in rows:
        line = '    '
        for piece in (text(row) + ',').split(' '):
            if len(line) + len(piece) > 119:
                lines.append(line.rstrip())
                line = '     '
            line += piece + ' '
        lines.append(line.rstrip())
    return '\n'.join(lines + ['};', ''])


def header(result):
    parts = ['// Generated by references.py: python3 tests/exact/references.py > tests/exact/reference_values.hpp',
             '#pragma once\n\n#include <vector>\n',
             '// Values to 25 digits, as strings for types wider than double; all other numbers are exact in float. '
             'Logit k belongs to\n// repeat[k] classes, and so does what is listed for it.\n',
             'namespace testing {\n', '// clang-format off\n', STRUCTS]
    if 'kl' in result:
        parts.append(table_text('KlCase', 'kl_cases', [[*c, v] for c, v in zip(kl_cases(), result['kl'])]))
    if 'binary_kl' in result:
        parts.append(table_text('BinaryKlCase', 'binary_kl_cases',
                                [[*c, *v] for c, v in zip(binary_kl_cases(), result['binary_kl'])]))
        parts.append(table_text('BinaryMomentCase', 'binary_moment_cases',
                                [[*c, *v] for c, v in zip(binary_moment_cases(), result['binary_moments'])]))
    if 'moments' in result:
        parts.append(table_text('MomentCase', 'moment_cases',
                                [[*c, *v] for c, v in zip(moment_cases(), result['moments'])]))
    if 'kl_gradients' in result:
        parts.append(table_text('KlGradientCase', 'kl_gradient_cases',
                                [[*c, *v] for c, v in zip(kl_gradient_cases(), result['kl_gradients'])]))
        parts.append(table_text('MeanGradientCase', 'mean_gradient_cases',
                                [[*c, *v] for c, v in zip(mean_gradient_cases(), result['mean_gradients'])]))
    parts.append('// clang-format on\n\n}  // namespace testing')
    return '\n'.join(parts)


def main():
    options = [a for a in sys.argv[1:] if a.startswith('--')]
    sections = [a for a in sys.argv[1:] if a not in options] or ['kl', 'binary', 'moments', 'gradients']
    result = compute(sections, FIRST)
    print(header(result))
    sys.stdout.flush()
    check(sections, result)
    if '--quick' not in options:
        compare(result, compute(sections, SECOND))


if __name__ == '__main__':
    main()

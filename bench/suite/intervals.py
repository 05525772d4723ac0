# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Medians, shifts and slopes with intervals that assume no distribution.

Timings are skewed and have outliers, so nothing here takes a mean or a variance of them.
"""
import functools
import math
from statistics import median


def median_interval(values, miss=0.05):
    """(median, low, high): the order statistics that miss the true median with probability <= miss.

    Of n independent values the number below the median is binomial(n, 1/2), so the k-th smallest
    and the k-th largest enclose it but with probability 2 P(binomial < k). Too few values for any
    interval give (median, -inf, inf).
    """
    ordered = sorted(values)
    n = len(ordered)
    tail, k = 0.0, 0
    while 2 * (tail + math.comb(n, k) / 2**n) <= miss:
        tail += math.comb(n, k) / 2**n
        k += 1
    if k == 0:
        return median(ordered), -math.inf, math.inf
    return median(ordered), ordered[k - 1], ordered[n - k]


@functools.lru_cache
def rank_sum_counts(m, n):
    """counts[u]: orderings of m and n distinct values in which u of the m n pairs are inverted."""
    rows = [[1] for _ in range(n + 1)]  # rows[j]: of i and j values, i = 0
    for i in range(1, m + 1):
        above, rows = rows, [[1]]
        for j in range(1, n + 1):
            # The largest of all is one of the i (inverted with all j), or one of the j.
            counts = [0] * (i * j + 1)
            for u, ways in enumerate(above[j]):
                counts[u + j] += ways
            for u, ways in enumerate(rows[j - 1]):
                counts[u] += ways
            rows.append(counts)
    return rows[n]


def shift_interval(before, after, miss):
    """(shift, low, high): by how much `after` lies above `before`, missed with probability <= miss.

    Hodges and Lehmann: the median of all differences after - before, enclosed by the k-th smallest
    and k-th largest of them. If the true shift is taken off, the two are samples of one distribution,
    all orderings are equally likely, and the number of differences below 0 is that of the inverted
    pairs of a random ordering (Mann and Whitney): exact for every continuous distribution.
    """
    differences = sorted(b - a for a in before for b in after)
    counts = rank_sum_counts(len(before), len(after))
    total, tail, k = sum(counts), 0, 0
    while 2 * (tail + counts[k]) <= miss * total:
        tail += counts[k]
        k += 1
    if k == 0:
        return median(differences), -math.inf, math.inf
    return median(differences), differences[k - 1], differences[-k]


def power_law(x, y):
    """(exponent, standard error) of y ~ x^exponent by least squares of the logarithms."""
    u, v = [math.log(a) for a in x], [math.log(b) for b in y]
    n = len(u)
    u_mean, v_mean = sum(u) / n, sum(v) / n
    squares = sum((a - u_mean) ** 2 for a in u)
    slope = sum((a - u_mean) * (b - v_mean) for a, b in zip(u, v)) / squares
    rest = sum((b - v_mean - slope * (a - u_mean)) ** 2 for a, b in zip(u, v))
    return slope, math.sqrt(rest / (n - 2) / squares) if n > 2 else None


def line(x, y):
    """(a, b, largest relative distance) of y ~ a + b x by least squares of relative distances."""
    w = [1 / b**2 for b in y]
    total = sum(w)
    x_mean = sum(k * a for k, a in zip(w, x)) / total
    y_mean = sum(k * b for k, b in zip(w, y)) / total
    slope = sum(k * (a - x_mean) * (b - y_mean) for k, a, b in zip(w, x, y)) / sum(
        k * (a - x_mean) ** 2 for k, a in zip(w, x)
    )
    start = y_mean - slope * x_mean
    return start, slope, max(abs(start + slope * a - b) / b for a, b in zip(x, y))

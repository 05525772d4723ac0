#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The recurrence as published (arXiv:2003.01652, eq. 1), one network at a time, float64.

    H <- BN(W H), W ~ N(0, 1), BN(Z)_ij = (Z_ij - mean_i) / std_i over the samples j, d = N

Written from the formula, the way a reader of the paper would. Prints
"published WIDTH LAYERS_PER_CPU_SECOND".
"""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy starts its BLAS

import argparse
import time

import numpy as np


def batch_norm(z):
    return (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("width", type=int)
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds")
    arguments = parser.parse_args()
    width = arguments.width

    np.random.seed(1)
    h = np.random.randn(width, width)
    layers, start = 0, time.process_time()
    while (spent := time.process_time() - start) < arguments.seconds:
        for _ in range(20):
            h = batch_norm(np.random.randn(width, width) @ h)
            layers += 1
    if not np.isfinite(h).all():
        raise SystemExit("published: the chain left the finite numbers")
    print(f"published {width} {layers / spent:.1f}")


if __name__ == "__main__":
    main()

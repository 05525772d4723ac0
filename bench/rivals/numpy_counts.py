#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Soft ranks as a NumPy user counts them: svd(compute_uv=False) of many matrices, then a comparison.

Reads float64 matrices [B, n, n] from a file that bench/count_rate --method write left. Prints
"numpy-svd SIDE MATRICES_PER_CPU_SECOND SUM_OF_THE_COUNTS".
"""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy starts its BLAS

import argparse
import time

import numpy as np

TAUS = (0.01, 0.1, 0.5, 1.0, 2.0)


def counts(h):
    squares = np.linalg.svd(h, compute_uv=False) ** 2
    return sum(int((squares >= tau * h.shape[2]).sum()) for tau in TAUS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("side", type=int)
    parser.add_argument("file")
    parser.add_argument("--seconds", type=float, default=1.0)
    arguments = parser.parse_args()
    h = np.fromfile(arguments.file).reshape(-1, arguments.side, arguments.side)
    total, best, start = counts(h), 0.0, time.process_time()
    while time.process_time() - start < arguments.seconds:
        before = time.process_time()
        if counts(h) != total:
            raise SystemExit("numpy-svd: the counts changed")
        best = max(best, h.shape[0] / (time.process_time() - before))
    print(f"numpy-svd {arguments.side} {best:.1f} {total}")


if __name__ == "__main__":
    main()

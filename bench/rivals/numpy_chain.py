#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The linear batch-normalised chain as well as NumPy can do it: B networks at once, float32.

    W ~ N(0, 1), Z = W H, H = (Z - mean_row) / sqrt(var_row), d = N

Everything that NumPy offers is used: float32 normals from its fastest bit generator, written in
place; one batched product; the variance from deviations by einsum, with no temporaries. Prints
"numpy-batched WIDTH LAYERS_PER_CPU_SECOND BATCH", a layer being one layer of one network.
"""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy starts its BLAS

import argparse
import time

import numpy as np


class Chains:
    def __init__(self, width, networks):
        shape = (networks, width, width)
        self.rng = np.random.Generator(np.random.SFC64(1))
        self.h = self.rng.standard_normal(shape, dtype=np.float32)
        self.w = np.empty(shape, np.float32)
        self.z = np.empty(shape, np.float32)

    def layer(self):
        self.rng.standard_normal(dtype=np.float32, out=self.w)
        np.matmul(self.w, self.h, out=self.z)
        self.z -= self.z.mean(axis=2, keepdims=True)
        variance = np.einsum("bij,bij->bi", self.z, self.z) / np.float32(self.z.shape[2])
        np.multiply(self.z, (1 / np.sqrt(variance))[:, :, None], out=self.h)


def layers_per_cpu_second(width, networks, seconds):
    chains = Chains(width, networks)
    chains.layer()
    layers, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for _ in range(max(1, 2000 // (networks * max(1, width // 32)))):
            chains.layer()
            layers += networks
    if not np.isfinite(chains.h).all():
        raise SystemExit("numpy-batched: the chain left the finite numbers")
    return layers / spent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("width", type=int)
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds a batch size")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64, 128, 256])
    arguments = parser.parse_args()
    rate, networks = max(
        (layers_per_cpu_second(arguments.width, b, arguments.seconds), b) for b in arguments.batches
    )
    print(f"numpy-batched {arguments.width} {rate:.1f} {networks}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""CuPy: batched NumPy's chain on a device, normals by its Philox in place, in float32 and widened
where the chain is float64; batch normalisation by one kernel of our own (kernels.cu); spectra by
its batched eigvalsh."""
import worker  # first: it decides the threads of the libraries

import os
import pathlib

os.environ["CUPY_TF32"] = "0"

import cupy
import numpy as np

import numpy_batched

KERNELS = cupy.RawModule(code=(pathlib.Path(__file__).parent / "kernels.cu").read_text())


class Weights:
    """draw(): fresh weights of a law, [B, d, d], in `drawn`."""

    def __init__(self, law, shape, dtype):
        worker.only("weights", law, ("gaussian", "half-normal", "uniform-positive", "uniform",
                                     "rademacher"))
        seed = int.from_bytes(os.urandom(4), "little")
        self.law, self.generator = law, cupy.random.Generator(cupy.random.Philox4x3210(seed))
        self.w = cupy.empty(shape, np.float32)
        self.drawn = self.w if dtype == np.float32 else cupy.empty(shape, dtype)

    def draw(self):
        if self.law in ("gaussian", "half-normal"):
            self.generator.standard_normal(dtype=np.float32, out=self.w)
            if self.law == "half-normal":
                cupy.abs(self.w, out=self.w)
        else:
            self.generator.random(dtype=np.float32, out=self.w)
            if self.law == "rademacher":
                self.w -= np.float32(0.5)
                cupy.copysign(np.float32(1), self.w, out=self.w)
            else:
                self.w *= np.float32(12 ** 0.5)
                if self.law == "uniform":
                    self.w -= np.float32(3 ** 0.5)
        if self.drawn is not self.w:
            self.drawn[...] = self.w


class CupyChains(numpy_batched.NumpyChains):
    xp = cupy
    weights_class = Weights

    def begin(self):
        self.weights.generator.standard_normal(dtype=self.dtype, out=self.h)

    def normalize(self, z, h):
        if self.case.normalization != "batch":
            super().normalize(z, h)
            return
        rows = z.size // z.shape[2]
        kernel = KERNELS.get_function(f"normalize_{self.case.precision}")
        kernel((-(-rows // 8),), (256,), (z, h, np.int64(rows), np.int32(z.shape[2])))

    def run(self, layers):
        super().run(layers)
        cupy.cuda.Device().synchronize()

    def given(self, weights, x):
        return super().given(weights, x).get()

    def look(self):
        healthy, first = super().look()
        return healthy, first.get()


class Cupy(numpy_batched.NumpyBatched):
    device = "cuda"
    xp = cupy
    own_threads = True
    start_numbers, fewest_matrices = 2 ** 23, 1024

    def __init__(self):
        if not cupy.cuda.is_available():
            raise worker.Missing(f"CuPy {cupy.__version__} finds no CUDA device")
        self.most_numbers = cupy.cuda.Device().mem_info[1] // 64

    def versions(self):
        name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
        return {"cupy": cupy.__version__, "device": name}

    def chains(self, case, batch):
        return CupyChains(case, batch)

    def counter(self, method, case):
        counts = super().counter(method, case)
        return lambda h: counts(h).get()


if __name__ == "__main__":
    worker.serve(Cupy)

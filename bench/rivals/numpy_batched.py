#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Batched NumPy: B networks at once, as well as NumPy can do it.

Normals from its fastest bit generator, written in place; signs by a table, eight a random byte; one
batched product; variance from deviations by einsum, without temporaries. More threads run a batch
each, since NumPy lets other threads run inside all of these.
"""
import worker  # first: it decides the threads of NumPy's BLAS

import numpy as np

SIGNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1
NORMS = ("batch", "batch-center", "batch-scale", "layer", "rms", "none")
ACTIVATIONS = {"linear": None, "tanh": np.tanh,
               "relu": lambda h, out: np.maximum(h, 0, out=out)}


class Weights:
    """fill(w): fresh weights of a law into w [B, d, d]."""

    def __init__(self, law, shape, dtype):
        worker.only("weights", law, ("gaussian", "half-normal", "uniform", "uniform-positive",
                                     "rademacher", "orthogonal"))
        self.rng = np.random.Generator(np.random.SFC64())
        self.law, self.dtype = law, dtype
        self.signs = SIGNS.astype(dtype)
        self.fill = getattr(self, law.replace("-", "_"))

    def gaussian(self, w):
        self.rng.standard_normal(dtype=self.dtype, out=w)

    def half_normal(self, w):
        self.gaussian(w)
        np.abs(w, out=w)

    def uniform_positive(self, w):
        self.rng.random(dtype=self.dtype, out=w)
        w *= self.dtype(12 ** 0.5)

    def uniform(self, w):
        self.uniform_positive(w)
        w -= self.dtype(3 ** 0.5)

    def rademacher(self, w):
        bits = np.frombuffer(self.rng.bytes(-(-w.size // 8)), np.uint8)
        if w.size % 8:
            w.reshape(-1)[:] = self.signs[bits].reshape(-1)[:w.size]
        else:
            np.take(self.signs, bits, axis=0, out=w.reshape(-1, 8), mode="clip")

    def orthogonal(self, w):
        self.gaussian(w)
        q, r = np.linalg.qr(w)
        signs = np.sign(np.einsum("bii->bi", r)) * self.dtype(w.shape[-1] ** 0.5)
        np.multiply(q, signs[:, None, :], out=w)


class NumpyChains(worker.Chains):
    def __init__(self, case, batch):
        worker.only("normalization", case.normalization, NORMS)
        worker.only("activation", case.activation, ACTIVATIONS)
        self.case, self.dtype = case, np.dtype(case.precision).type
        self.w = np.empty((batch, case.width, case.width), self.dtype)
        self.z = np.empty((batch, case.width, case.batch), self.dtype)
        self.h = np.empty_like(self.z)
        self.weights = Weights(case.weights, self.w.shape, self.dtype)
        self.begin()

    def begin(self):
        self.weights.rng.standard_normal(dtype=self.dtype, out=self.h)

    def normalize(self, z, h):
        """h = norm(z); z is used up."""
        norm = self.case.normalization
        if norm == "none":
            squares = np.einsum("bij,bij->b", z, z)[:, None, None]
            np.multiply(z, np.sqrt(z[0].size / squares), out=h)
            return
        axis, sums = (1, "bij,bij->bj") if norm in ("layer", "rms") else (2, "bij,bij->bi")
        if norm in ("batch", "batch-center", "layer"):
            np.subtract(z, z.mean(axis=axis, keepdims=True), out=h if norm == "batch-center" else z)
        if norm != "batch-center":
            squares = np.expand_dims(np.einsum(sums, z, z), axis)
            np.multiply(z, np.sqrt(self.dtype(z.shape[axis]) / squares), out=h)

    def layer(self):
        z, h = self.z, self.h
        np.matmul(self.w, h, out=z)
        if self.case.factor != 1:
            z *= self.dtype(self.case.factor)
        if self.case.residual:
            z += h
        self.normalize(z, h)
        if act := ACTIVATIONS[self.case.activation]:
            act(h, out=h)

    def run(self, layers):
        for _ in range(layers):
            self.weights.fill(self.w)
            self.layer()

    def given(self, weights, x):
        self.h[:] = x
        for w in weights:
            self.w[:] = w
            self.layer()
        return self.h.copy()

    def hidden(self):
        return self.h

    def poison(self):
        self.w.fill(np.nan)
        self.z.fill(np.nan)

    def look(self):
        return bool(np.isfinite(self.h).all() and self.h.any(axis=(1, 2)).all()), self.h[0].copy()


class NumpyBatched:
    name, device = "numpy-batched", "cpu"
    methods = ("eigvalsh", "svd")

    def versions(self):
        blas = np.show_config("dicts")["Build Dependencies"]["blas"]
        return {"numpy": np.__version__, blas["name"]: blas["version"]}

    def chains(self, case, batch):
        return NumpyChains(case, batch)

    def native(self, array):
        return array

    def counter(self, method, case):
        taus = case.tau

        def counts(h):
            if method == "svd":
                squares = np.linalg.svd(h, compute_uv=False) ** 2
            else:
                other = h.transpose(0, 2, 1)
                gram = h @ other if h.shape[1] <= h.shape[2] else other @ h
                squares = np.linalg.eigvalsh(gram)
            return np.stack([(squares >= tau * h.shape[2]).sum(1) for tau in taus], axis=1)

        return counts


if __name__ == "__main__":
    worker.serve(NumpyBatched)

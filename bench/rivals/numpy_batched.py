#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""Batched NumPy: B networks at once, as well as NumPy can do it.

Normals by Box and Muller over its vectors from its fastest bit generator, in place, in float32 and
widened where the chain is float64 (as Rankchain's are); signs by a table, eight a random byte; one
batched product; variance from deviations by einsum, without temporaries. More threads run a batch
each, since NumPy lets other threads run inside all of these.
"""
import worker  # first: it decides the threads of NumPy's BLAS

import numpy as np

SIGNS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float32) * 2 - 1
NORMS = ("batch", "batch-center", "batch-scale", "layer", "rms", "none")
LAWS = ("gaussian", "half-normal", "uniform", "uniform-positive", "rademacher", "orthogonal")


class Weights:
    """draw(): fresh weights of a law, [B, d, d], in `drawn`."""

    def __init__(self, law, shape, dtype):
        worker.only("weights", law, LAWS)
        self.bits = np.random.SFC64()
        self.size = int(np.prod(shape))
        self.pairs = np.empty((2, -(-self.size // 2)), np.float32)
        self.radius = np.empty_like(self.pairs[0])
        self.w = self.pairs.reshape(-1)[:self.size]
        self.drawn = self.w.reshape(shape)
        if dtype != np.float32:
            self.drawn = np.empty(shape, dtype)
        self.fill = getattr(self, law.replace("-", "_"))

    def draw(self):
        self.fill()
        if self.drawn.dtype != np.float32:
            self.drawn.reshape(-1)[:] = self.w

    def words(self, type_, count):
        """Uniform words, made by the fastest call there is."""
        each = 8 // np.dtype(type_).itemsize
        return self.bits.random_raw(-(-count // each)).view(type_)[:count]

    def uniform_positive(self, width=np.float32(12 ** 0.5)):
        np.multiply(self.words(np.uint32, self.size), np.float32(width / 2 ** 32), out=self.w)

    def uniform(self):
        self.uniform_positive()
        self.w -= np.float32(3 ** 0.5)

    def gaussian(self):
        """Box and Muller over vectors: a third of the time of Generator.standard_normal."""
        words = self.words(np.uint32, self.pairs.size).reshape(self.pairs.shape)
        r, (cosine, sine) = self.radius, self.pairs
        np.multiply(words[0], np.float32(2 ** -32), out=r, dtype=np.float32, casting="unsafe")
        r += np.float32(2 ** -33)  # above zero
        np.log(r, out=r)
        r *= np.float32(-2)
        np.sqrt(r, out=r)
        np.multiply(words[1], np.float32(2 * np.pi / 2 ** 32), out=sine, dtype=np.float32,
                    casting="unsafe")
        np.cos(sine, out=cosine)
        np.sin(sine, out=sine)
        self.pairs *= r

    def half_normal(self):
        self.gaussian()
        np.abs(self.w, out=self.w)

    def rademacher(self):
        index = self.words(np.uint8, -(-self.size // 8))
        if self.size % 8:
            self.w[:] = SIGNS[index].reshape(-1)[:self.size]
        else:
            np.take(SIGNS, index, axis=0, out=self.w.reshape(-1, 8), mode="clip")

    def orthogonal(self):
        self.gaussian()
        q, r = np.linalg.qr(self.w.reshape(self.drawn.shape))
        signs = np.sign(np.einsum("bii->bi", r)) * np.float32(q.shape[2] ** 0.5)
        np.multiply(q, signs[:, None, :], out=self.w.reshape(q.shape))


class NumpyChains(worker.Chains):
    xp = np  # or a library with its functions
    weights_class = Weights

    def __init__(self, case, batch):
        worker.only("normalization", case.normalization, NORMS)
        worker.only("activation", case.activation, ("linear", "relu", "tanh"))
        self.case, self.dtype = case, np.dtype(case.precision).type
        self.weights = self.weights_class(
            case.weights, (batch, case.width, case.width), self.dtype)
        self.w = self.weights.drawn
        self.z = self.xp.empty((batch, case.width, case.batch), self.dtype)
        self.h = self.xp.empty_like(self.z)
        self.begin()

    def begin(self):
        generator = np.random.Generator(self.weights.bits)
        generator.standard_normal(dtype=self.dtype, out=self.h)

    def normalize(self, z, h):
        """h = norm(z); z is used up."""
        xp, norm = self.xp, self.case.normalization
        if norm == "none":
            squares = xp.einsum("bij,bij->b", z, z)[:, None, None]
            xp.multiply(z, xp.sqrt(self.dtype(z[0].size) / squares), out=h)
            return
        axis, sums = (1, "bij,bij->bj") if norm in ("layer", "rms") else (2, "bij,bij->bi")
        if norm in ("batch", "batch-center", "layer"):
            xp.subtract(z, z.mean(axis=axis, keepdims=True), out=h if norm == "batch-center" else z)
        if norm != "batch-center":
            squares = xp.expand_dims(xp.einsum(sums, z, z), axis)
            xp.multiply(z, xp.sqrt(self.dtype(z.shape[axis]) / squares), out=h)

    def layer(self):
        xp, z, h = self.xp, self.z, self.h
        xp.matmul(self.w, h, out=z)
        if self.case.factor != 1:
            z *= self.dtype(self.case.factor)
        if self.case.residual:
            z += h
        self.normalize(z, h)
        if self.case.activation == "relu":
            xp.maximum(h, 0, out=h)
        elif self.case.activation == "tanh":
            xp.tanh(h, out=h)

    def run(self, layers):
        for _ in range(layers):
            self.weights.draw()
            self.layer()

    def given(self, weights, x):
        self.h[:] = self.xp.asarray(x)
        for w in weights:
            self.w[:] = self.xp.asarray(w)
            self.layer()
        return self.h.copy()

    def hidden(self):
        return self.h

    def poison(self):
        self.w.fill(np.nan)
        self.z.fill(np.nan)

    def look(self):
        healthy = self.xp.isfinite(self.h).all() and self.h.any(axis=(1, 2)).all()
        return bool(healthy), self.h[0].copy()


class NumpyBatched:
    device = "cpu"
    methods = ("eigvalsh", "svd")
    xp = np

    def versions(self):
        blas = np.show_config("dicts")["Build Dependencies"]["blas"]
        return {"numpy": np.__version__, blas["name"]: blas["version"]}

    def chains(self, case, batch):
        return NumpyChains(case, batch)

    def native(self, array):
        return self.xp.asarray(array)

    def counter(self, method, case):
        def counts(h):
            if method == "svd":
                squares = self.xp.linalg.svd(h, compute_uv=False) ** 2
            else:
                other = h.transpose(0, 2, 1)
                gram = h @ other if h.shape[1] <= h.shape[2] else other @ h
                squares = self.xp.linalg.eigvalsh(gram)
            least = [tau * h.shape[2] for tau in case.tau]
            return self.xp.stack([(squares >= value).sum(1) for value in least], axis=1)

        return counts


if __name__ == "__main__":
    worker.serve(NumpyBatched)

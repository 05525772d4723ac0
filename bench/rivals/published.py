#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""The recurrence as published (arXiv:2003.01652, eq. 1), the way a reader of the paper would.

    H <- BN(W H), W ~ N(0, 1), BN(Z)_ij = (Z_ij - mean_i) / std_i over the samples j

One network at a time, float64, np.random.randn, np.linalg.svd of one matrix. More threads are the
BLAS's own.
"""
import worker  # first: it decides the threads of NumPy's BLAS

import math

import numpy as np


def batch_norm(z):
    return (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)


def batch_scale(z):
    return z / np.sqrt((z ** 2).mean(axis=1, keepdims=True))


NORMS = {"batch": batch_norm, "batch-scale": batch_scale,
         "none": lambda z: z * (math.sqrt(z.size) / np.linalg.norm(z))}
ACTIVATIONS = {"linear": lambda h: h, "relu": lambda h: np.maximum(h, 0), "tanh": np.tanh}


class Network(worker.Chains):
    def __init__(self, case):
        self.case = case
        self.norm, self.act = NORMS[case.normalization], ACTIVATIONS[case.activation]
        self.begin()

    def begin(self):
        self.h = np.random.randn(self.case.width, self.case.batch)

    def layer(self, w, h):
        z = w @ h if self.case.factor == 1 else self.case.factor * (w @ h)
        return self.act(self.norm(z + h if self.case.residual else z))

    def run(self, layers):
        d, h = self.case.width, self.h
        for _ in range(layers):
            h = self.layer(np.random.randn(d, d), h)
        self.h = h

    def given(self, weights, x):
        h = np.broadcast_to(x, (weights.shape[1], *x.shape)).astype(np.float64)
        for w in weights.astype(np.float64):
            h = np.stack([self.layer(w[b], h[b]) for b in range(len(h))])
        return h

    def hidden(self):
        return self.h[None]

    def look(self):
        return bool(np.isfinite(self.h).all() and self.h.any()), self.h


class Published:
    device = "cpu"
    methods = ("svd",)
    own_threads = one_network = True

    def versions(self):
        return {"numpy": np.__version__}

    def chains(self, case, batch):
        worker.only("precision", case.precision, ("float64",))
        worker.only("weights", case.weights, ("gaussian",))
        worker.only("normalization", case.normalization, NORMS)
        worker.only("activation", case.activation, ACTIVATIONS)
        if case.threads > 1:
            try:
                from threadpoolctl import threadpool_limits
            except ImportError:
                raise worker.Unsupported("more threads need threadpoolctl") from None
            threadpool_limits(case.threads, "blas")
        return Network(case)

    def native(self, array):
        return array

    def counter(self, method, case):
        worker.only("precision", case.precision, ("float64",))

        def counts(matrices):
            rows = []
            for h in matrices:
                squares = np.linalg.svd(h, compute_uv=False) ** 2 / h.shape[1]
                rows.append([(squares >= tau).sum() for tau in case.tau])
            return np.array(rows)

        return counts


if __name__ == "__main__":
    worker.serve(Published)

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""JAX: one compiled loop over the layers, vmap over the networks, products at "highest" precision.

The loop is fori_loop with a length known at run time, which compiles to the while loop that scan
compiles to. Keys: threefry on the CPU, where it is 4 to 6 times as fast as rbg (0.10, measured), and
rbg on a device. Weights are drawn in float32 and widened where the chain is float64. XLA's threads are as many as the processors that the process was started on.
"""
import worker  # first: it decides the threads of the libraries

import argparse
import os

os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

ACTIVATIONS = {"linear": lambda h: h, "relu": jax.nn.relu, "tanh": jnp.tanh}


def normalize(norm, z):
    """norm(z) of one network, z [d, N]."""
    axis = {"layer": 0, "rms": 0, "none": None}.get(norm, 1)
    if norm in ("batch", "batch-center", "layer"):
        z = z - z.mean(axis=axis, keepdims=True)
    if norm != "batch-center":
        z = z * lax.rsqrt((z * z).mean(axis=axis, keepdims=True))
    return z


def signs(key, shape, dtype):
    """+1 or -1, a bit each of random words."""
    words = jax.random.bits(key, (-(-shape[0] * shape[1] // 32), 1), jnp.uint32)
    bits = (words >> jnp.arange(32, dtype=jnp.uint32)) & 1
    return 2 * bits.reshape(-1)[:shape[0] * shape[1]].reshape(shape).astype(dtype) - 1


LAWS = {
    "gaussian": jax.random.normal,
    "half-normal": lambda key, shape, dtype: abs(jax.random.normal(key, shape, dtype)),
    "uniform": lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, -3 ** 0.5, 3 ** 0.5),
    "uniform-positive": lambda key, shape, dtype: jax.random.uniform(
        key, shape, dtype, 0, 12 ** 0.5),
    "rademacher": signs,
    "orthogonal": lambda key, shape, dtype: shape[0] ** 0.5 * jax.random.orthogonal(
        key, shape[0], dtype=dtype),
}


class JaxChains(worker.Chains):
    def __init__(self, case, batch, generator):
        worker.only("normalization", case.normalization,
                    ("batch", "batch-center", "batch-scale", "layer", "rms", "none"))
        worker.only("activation", case.activation, ACTIVATIONS)
        worker.only("weights", case.weights, LAWS)
        dtype, d = jnp.dtype(case.precision), case.width
        act, weights = ACTIVATIONS[case.activation], LAWS[case.weights]

        def layer(w, h):
            z = w @ h if case.factor == 1 else case.factor * (w @ h)
            return act(normalize(case.normalization, z + h if case.residual else z))

        def network(key, h, first, last):
            def step(l, h):
                w = weights(jax.random.fold_in(key, l), (d, d), jnp.float32)
                return layer(w.astype(dtype), h)
            return lax.fori_loop(first, last, step, h)

        self.advance = jax.jit(jax.vmap(network, (0, 0, None, None)), donate_argnums=1)
        self.through = jax.jit(jax.vmap(layer))
        seed = int.from_bytes(os.urandom(4), "little")
        self.key, key = jax.random.split(jax.random.key(seed, impl=generator))
        self.keys, self.done = jax.random.split(key, batch), 0
        self.fresh = jax.jit(
            lambda key: jax.random.normal(key, (batch, d, case.batch), dtype))
        self.begin()

    def begin(self):
        self.key, key = jax.random.split(self.key)
        self.h = self.fresh(key)

    def run(self, layers):
        first, self.done = self.done, self.done + layers
        self.h = jax.block_until_ready(self.advance(self.keys, self.h, first, self.done))

    def given(self, weights, x):
        h = jnp.broadcast_to(jnp.asarray(x, self.h.dtype), self.h.shape)
        for w in weights:
            h = self.through(jnp.asarray(w, self.h.dtype), h)
        return np.asarray(h)

    def hidden(self):
        return self.h

    def look(self):
        healthy = jnp.isfinite(self.h).all() & (self.h != 0).any((1, 2)).all()
        return bool(healthy), np.array(self.h[0])


class Jax:
    methods = ("eigvalsh", "svd")
    own_threads = True
    stride = 4  # each batch size is a compilation

    def __init__(self, device):
        self.device = device
        self.generator = "threefry2x32" if device == "cpu" else "unsafe_rbg"
        if device == "cpu":
            jax.config.update("jax_platforms", "cpu")
        else:
            try:
                found = jax.devices("gpu")[0]
            except RuntimeError:
                raise worker.Missing(f"JAX {jax.__version__} finds no CUDA device") from None
            self.most_numbers = found.memory_stats()["bytes_limit"] // 64
            self.start_numbers, self.fewest_matrices = 2 ** 23, 1024

    def versions(self):
        import jaxlib
        versions = {"jax": jax.__version__, "jaxlib": jaxlib.__version__}
        if self.device == "cuda":
            versions["device"] = jax.devices("gpu")[0].device_kind
        return versions

    def chains(self, case, batch):
        return JaxChains(case, batch, self.generator)

    def native(self, array):
        return jnp.asarray(array)

    def counter(self, method, case):
        @jax.jit
        def counts(h):
            if method == "svd":
                squares = jnp.linalg.svd(h, compute_uv=False) ** 2
            else:
                gram = h @ h.mT if h.shape[1] <= h.shape[2] else h.mT @ h
                squares = jnp.linalg.eigvalsh(gram, symmetrize_input=False)
            taus = jnp.asarray(case.tau, squares.dtype) * h.shape[2]
            return (squares[:, None, :] >= taus[:, None]).sum(2)

        return lambda h: np.asarray(counts(h))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    how = parser.parse_args()
    worker.serve(lambda: Jax(how.device))

#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch: eager, compiled, and compiled within a CUDA graph.

Weights in place from its own generators, in float32 and widened where the chain is float64 (as
Rankchain's are; a float64 normal takes three times as long), one bmm, layer_norm over the samples with
eps = 0, which is batch normalisation. On the CPU, signs come from random words by a table, 11 times as fast as
bernoulli_, and compiled code draws with normal_ outside: inductor's own generator there takes 10
times as long (both measured with 2.15). float32 products in full float32 precision, no TF32.
"""
import worker  # first: it decides the threads of the libraries

import argparse
import math

import numpy as np
import torch
import torch.nn.functional as F

torch.set_float32_matmul_precision("highest")

NORMS = {
    "batch": lambda z: F.layer_norm(z, z.shape[2:], eps=0.0),
    "batch-center": lambda z: z - z.mean(2, keepdim=True),
    "batch-scale": lambda z: scaled(z, 2),
    "layer": lambda z: scaled(z - z.mean(1, keepdim=True), 1),
    "rms": lambda z: scaled(z, 1),
    "none": lambda z: scaled(z, (1, 2)),
}
ACTIVATIONS = {"linear": lambda h: h, "relu": torch.relu, "tanh": torch.tanh}


def scaled(z, dims):
    size = z.shape[1] * z.shape[2] if dims == (1, 2) else z.shape[dims]
    return z * (math.sqrt(size) / torch.linalg.vector_norm(z, dim=dims, keepdim=True))


class Weights:
    """draw(): fresh weights of a law, [B, d, d], in w."""

    def __init__(self, law, wide):
        worker.only("weights", law, ("gaussian", "half-normal", "uniform", "uniform-positive",
                                     "rademacher", "orthogonal"))
        self.wide = wide
        self.w = w = wide if wide.dtype == torch.float32 else torch.empty_like(
            wide, dtype=torch.float32)
        self.generator = None  # a device's default one, which graphs know
        if w.device.type == "cpu":
            self.generator = torch.Generator().manual_seed(torch.seed())
        if law == "rademacher" and self.generator and w.numel() % 64 == 0:
            self.words = torch.empty(w.numel() // 64, dtype=torch.int64)
            bytes_ = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
            self.signs = torch.from_numpy(2.0 * bytes_ - 1).to(w.dtype)
            self.fill = self.signs_by_table
        else:
            self.fill = getattr(self, law.replace("-", "_"))

    def draw(self):
        self.fill()
        if self.w is not self.wide:
            self.wide.copy_(self.w)

    def gaussian(self):
        self.w.normal_(generator=self.generator)

    def half_normal(self):
        self.gaussian()
        self.w.abs_()

    def uniform(self):
        self.w.uniform_(-math.sqrt(3), math.sqrt(3), generator=self.generator)

    def uniform_positive(self):
        self.w.uniform_(0, math.sqrt(12), generator=self.generator)

    def rademacher(self):
        self.w.bernoulli_(0.5, generator=self.generator).mul_(2).sub_(1)

    def signs_by_table(self):
        index = self.words.random_(generator=self.generator).view(torch.uint8).int()
        torch.index_select(self.signs, 0, index, out=self.w.view(-1, 8))

    def orthogonal(self):
        self.gaussian()
        q, r = torch.linalg.qr(self.w)  # float32, as Rankchain's are after all
        signs = torch.diagonal(r, dim1=1, dim2=2).sign() * math.sqrt(q.shape[2])
        torch.mul(q, signs[:, None, :], out=self.w)


class TorchChains(worker.Chains):
    GRAPH_LAYERS = 32  # of one replay

    def __init__(self, case, batch, device, compiled, graph):
        worker.only("normalization", case.normalization, NORMS)
        worker.only("activation", case.activation, ACTIVATIONS)
        self.case = case
        options = {"dtype": getattr(torch, case.precision), "device": device}
        self.w = torch.empty(batch, case.width, case.width, **options)
        self.z = torch.empty(batch, case.width, case.batch, **options)
        self.h = torch.empty_like(self.z)
        self.weights = Weights(case.weights, self.w)
        self.graph, self.compiled = None, compiled
        self.begin()
        if compiled:
            torch._dynamo.reset()  # one shape at a time is compiled for
            mode = "max-autotune-no-cudagraphs" if device == "cuda" else "default"
            self.layer = torch.compile(self.layer, mode=mode, dynamic=False)
        if graph:
            self.capture()

    def layer(self, w, h):
        norm, act = NORMS[self.case.normalization], ACTIVATIONS[self.case.activation]
        out = None if self.compiled else self.z
        if self.case.residual:
            z = torch.baddbmm(h, w, h, alpha=self.case.factor, out=out)
        else:
            z = torch.bmm(w, h, out=out)
            z = z if self.case.factor == 1 else z * self.case.factor
        return act(norm(z))

    def advance(self, layers):
        h = self.h
        for _ in range(layers):
            self.weights.draw()
            h = self.layer(self.w, h)
        self.h = h

    @torch.inference_mode()
    def capture(self):
        start = self.h
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):  # compiles, and lets the allocator settle
            self.advance(3)
            self.h = start
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.advance(self.GRAPH_LAYERS)
            start.copy_(self.h)
        self.h, self.graph = start, graph

    @torch.inference_mode()
    def begin(self):
        self.h.normal_(generator=self.weights.generator)

    @torch.inference_mode()
    def run(self, layers):
        if self.graph:
            for _ in range(layers // self.GRAPH_LAYERS):
                self.graph.replay()
            start = self.h
            self.advance(layers % self.GRAPH_LAYERS)
            if self.h is not start:
                self.h = start.copy_(self.h)
        else:
            self.advance(layers)
        self.synchronize()

    def synchronize(self):
        if self.w.device.type == "cuda":
            torch.cuda.synchronize()

    @torch.inference_mode()
    def given(self, weights, x):
        h = torch.as_tensor(x).to(self.h).expand(self.h.shape).contiguous()
        for w in weights:
            h = self.layer(torch.as_tensor(w).to(self.w), h)
        return h.cpu().numpy().copy()

    def hidden(self):
        return self.h

    @torch.inference_mode()
    def poison(self):
        self.w.fill_(math.nan)
        self.z.fill_(math.nan)

    @torch.inference_mode()
    def look(self):
        healthy = self.h.isfinite().all() & (self.h != 0).flatten(1).any(1).all()
        return bool(healthy), self.h[0].cpu().numpy().copy()


class Torch:
    methods = ("eigvalsh", "svd")

    def __init__(self, device, compiled=False, graph=False, linalg=None):
        self.device, self.how = device, (device, compiled, graph)
        self.own_threads = compiled or device == "cuda"
        if compiled:
            self.seeker = Torch(device)  # finds the batch size, sparing compilations
        if device == "cuda":
            if not torch.cuda.is_available():
                raise worker.Missing(f"PyTorch {torch.__version__} finds no CUDA device")
            if linalg == "magma" and not torch.cuda.has_magma:
                raise worker.Missing(f"PyTorch {torch.__version__} is built without MAGMA")
            torch.backends.cuda.preferred_linalg_library(linalg or "default")
            self.most_numbers = torch.cuda.get_device_properties(0).total_memory // 64
            self.start_numbers, self.fewest_matrices = 2 ** 23, 1024

    def versions(self):
        versions = {"torch": torch.__version__}
        if self.device == "cuda":
            versions["device"] = torch.cuda.get_device_name(0)
        return versions

    def start_thread(self):
        torch.set_num_threads(1)

    def chains(self, case, batch):
        torch.set_num_threads(case.threads if self.own_threads else 1)
        return TorchChains(case, batch, *self.how)

    def native(self, array):
        return torch.as_tensor(np.ascontiguousarray(array), device=self.device)

    def counter(self, method, case):
        @torch.inference_mode()
        def counts(h):
            if method == "svd":
                squares = torch.linalg.svdvals(h).square()
            else:
                gram = h @ h.mT if h.shape[1] <= h.shape[2] else h.mT @ h
                squares = torch.linalg.eigvalsh(gram)
            taus = torch.tensor(case.tau, dtype=squares.dtype, device=self.device) * h.shape[2]
            return (squares[:, None, :] >= taus[:, None]).sum(2).cpu().numpy()

        return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--graph", action="store_true")
    parser.add_argument("--linalg", choices=("cusolver", "magma"))
    how = parser.parse_args()
    worker.serve(lambda: Torch(how.device, how.compiled, how.graph, how.linalg))

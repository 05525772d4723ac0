#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Rankchain authors
# SPDX-License-Identifier: Apache-2.0
"""A persistent Triton kernel: one program a network, H in registers for all layers of a launch.

Philox gives four normals a call, in whatever order the layout likes, as they are independent. float32
products in three tf32 passes, which keeps float32 accuracy on tensor cores, or without them where the
passes do not fit shared memory; float64 as itself. Spectra by PyTorch.
"""
import worker  # first: it decides the threads of the libraries

import math

import torch
import triton
import triton.language as tl

import torch_chain


@triton.jit(do_not_specialize=("seed", "first", "last"))
def chain_kernel(h_at, weights_at, seed, first, last, factor, D: tl.constexpr, N: tl.constexpr,
                 LAW: tl.constexpr, NORM: tl.constexpr, RELU: tl.constexpr,
                 RESIDUAL: tl.constexpr, GIVEN: tl.constexpr,
                 PRODUCT: tl.constexpr):
    network = tl.program_id(0)
    rows = tl.arange(0, D)
    h_at += network.to(tl.int64) * D * N + rows[:, None] * N + tl.arange(0, N)[None, :]
    h = tl.load(h_at)
    for layer in range(first, last):
        if GIVEN:
            w = tl.load(weights_at + network.to(tl.int64) * D * D + rows[:, None] * D
                        + tl.arange(0, D)[None, :])
        elif LAW == "rademacher":
            words = tl.arange(0, D * D // 32)
            words = tl.randint(seed + network, layer * (D * D // 32) + words)
            bits = (words[:, None] >> tl.arange(0, 32)[None, :]) & 1
            w = tl.reshape(2 * bits.to(h.dtype) - 1, (D, D), can_reorder=True)
        else:
            block = layer * (D * D // 4) + tl.arange(0, D * D // 4)
            if LAW == "gaussian":
                a, b, c, e = tl.randn4x(seed + network, block)
            else:
                a, b, c, e = tl.rand4x(seed + network, block)
            w = tl.join(tl.join(a, b), tl.join(c, e))
            w = tl.reshape(w, (D, D), can_reorder=True).to(h.dtype)
            if LAW == "uniform":
                w = 3.4641016151377544 * w - 1.7320508075688772
        if h.dtype == tl.float64:
            z = tl.dot(w, h, out_dtype=tl.float64)
        else:
            z = tl.dot(w, h, input_precision=PRODUCT)
        z = z * factor
        if RESIDUAL:
            z += h
        if NORM == "batch" or NORM == "batch-center":
            z -= (tl.sum(z, 1) / N)[:, None]
        if NORM == "layer":
            z -= (tl.sum(z, 0) / D)[None, :]
        if NORM == "batch" or NORM == "batch-scale":
            z *= (1 / tl.sqrt(tl.sum(z * z, 1) / N))[:, None]
        if NORM == "layer" or NORM == "rms":
            z *= (1 / tl.sqrt(tl.sum(z * z, 0) / D))[None, :]
        if NORM == "none":
            z *= 1 / tl.sqrt(tl.sum(tl.sum(z * z, 1), 0) / (D * N))
        h = tl.maximum(z, 0) if RELU else z
    tl.store(h_at, h)


class TritonChains(worker.Chains):
    def __init__(self, case, batch, device="cuda"):
        worker.only("weights", case.weights, ("gaussian", "uniform", "rademacher"))
        worker.only("activation", case.activation, ("linear", "relu"))
        for size in (case.width, case.batch):
            if size & (size - 1) or not 16 <= size <= 128 or case.width * case.batch < 1024:
                raise worker.Unsupported("sizes must be powers of two, 32 to 128, for registers")
        self.case = case
        self.h = torch.empty(batch, case.width, case.batch, device=device,
                             dtype=getattr(torch, case.precision))
        self.seed, self.layer = torch.seed() % 2 ** 62, 0
        self.warps, self.product = 4, "ieee"
        self.begin()

    def launch(self, layers, weights=None):
        case = self.case
        chain_kernel[(self.h.shape[0],)](
            self.h, weights, self.seed, self.layer, self.layer + layers, case.factor, case.width,
            case.batch, case.weights, case.normalization, case.activation == "relu", case.residual,
            weights is not None, self.product, num_warps=self.warps)
        self.layer += layers

    def tune(self):
        """The number of warps and the way of multiplying with the best rate."""
        def seconds(how):
            self.warps, self.product = how
            try:
                self.run(8)  # compiles
            except triton.runtime.errors.OutOfResources:
                return math.inf
            return worker.seconds_of(lambda: self.run(64))

        ways = [(warps, product) for warps in (4, 8) for product in ("tf32x3", "ieee")]
        self.warps, self.product = min(ways, key=seconds)

    def begin(self):
        self.h.normal_()

    def run(self, layers):
        self.launch(layers)
        torch.cuda.synchronize()

    def given(self, weights, x):
        self.h.copy_(torch.as_tensor(x).to(self.h).expand(self.h.shape))
        for w in weights:
            self.launch(1, torch.as_tensor(w).to(self.h))
        return self.h.cpu().numpy().copy()

    def hidden(self):
        return self.h

    look = torch_chain.TorchChains.look


class Triton(torch_chain.Torch):
    def __init__(self):
        super().__init__("cuda")

    def versions(self):
        return {**super().versions(), "triton": triton.__version__}

    def chains(self, case, batch):
        chains = TritonChains(case, batch)
        chains.tune()
        return chains


if __name__ == "__main__":
    worker.serve(Triton)

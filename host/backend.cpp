// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The one file that knows which backends exist.
#include "host/cpu/ops.hpp"
#include "host/cuda_backend.hpp"
#include "host/ops.hpp"
#include <rankchain/error.hpp>

#include <string>

namespace rankchain {
namespace {

std::unique_ptr<Ops> make_cuda_ops(int ordinal) {
    const std::string asked = "device cuda:" + std::to_string(ordinal) + " was asked for, but ";
    try {
        return cuda_backend().make_ops(ordinal);
    } catch (const NotCompiled& error) {
        throw NotCompiled(asked + error.what() + "; allowed here: cpu, auto");
    } catch (const DeviceError& error) {
        throw DeviceError(asked + error.what());
    }
}

// A GPU where there is one to be had, or nothing and the reason.
std::unique_ptr<Ops> try_cuda(std::string& reason) {
    try {
        return cuda_backend().make_ops(0);
    } catch (const Error& error) {
        reason = error.what();
        return nullptr;
    }
}

}  // namespace

std::unique_ptr<Ops> make_ops(const Device& device) {
    if (device.kind == Device::Kind::cuda) return make_cuda_ops(device.ordinal);
    if (device.kind == Device::Kind::automatic) {
        std::string reason;
        if (auto ops = try_cuda(reason)) return ops;
    }
    return cpu::make_ops(device.threads);
}

DeviceInfo describe(const Device& device) {
    return make_ops(device)->info();
}

std::string why_no_cuda() {
    std::string reason;
    (void)try_cuda(reason);
    return reason;
}

}  // namespace rankchain

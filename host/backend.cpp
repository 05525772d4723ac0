// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The one file that knows which backends exist.
#include "host/cpu/ops.hpp"
#include "host/ops.hpp"
#include <rankchain/error.hpp>

namespace rankchain {

std::unique_ptr<Ops> make_ops(const Device& device) {
    if (device.kind == Device::Kind::cuda) {
        throw NotCompiled("device cuda:" + std::to_string(device.ordinal) +
                          " was asked for, but this version of Rankchain has no CUDA backend; "
                          "allowed here: cpu, auto");
    }
    return cpu::make_ops(device.threads);
}

DeviceInfo describe(const Device& device) {
    return make_ops(device)->info();
}

}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/device_choice.hpp"

#include "host/cli/console.hpp"

#include <string>

#include <unistd.h>

namespace rankchain::cli {
namespace {

// What the NVIDIA driver makes where it finds a GPU.
bool sees_gpu() {
    return ::access("/dev/nvidiactl", F_OK) == 0 || ::access("/dev/nvidia0", F_OK) == 0;
}

}  // namespace

Device choose_device(const DeviceArgument& argument, bool quiet) {
    Device device = argument.device;
    if (device.kind != Device::Kind::automatic) return device;
    const std::string reason = why_no_cuda();
    if (reason.empty()) return device;
    device.kind = Device::Kind::cpu;
    if (!quiet && (argument.named || sees_gpu())) complain("device auto is the CPU: " + reason);
    return device;
}

}  // namespace rankchain::cli

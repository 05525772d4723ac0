// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/export.hpp>

#include <string>
#include <string_view>

namespace rankchain {

/// Where a computation runs.
struct Device {
    enum class Kind { automatic, cpu, cuda };
    Kind kind = Kind::automatic;
    int ordinal = 0;  ///< which CUDA device
    int threads = 0;  ///< CPU threads; 0: as many as the machine grants
};

/// `auto`, `cpu`, `cuda` or `cuda:K`. InvalidArgument names the text otherwise.
RANKCHAIN_API Device parse_device(std::string_view text);

/// What a device is, and what its numbers depend on.
struct DeviceInfo {
    std::string name;        ///< "cpu" or "cuda:K", with the model
    std::string arithmetic;  ///< backend, instruction set and libraries: equal text, equal bits
    int threads = 1;
};

/// The device that `device` means on this machine. `automatic` takes the CPU where there is no
/// usable GPU. DeviceError or NotCompiled where a device asked for by name cannot be had.
RANKCHAIN_API DeviceInfo describe(const Device& device);

/// Why `automatic` takes the CPU on this machine: the backend, library, driver or device that is
/// missing. Empty where it takes a GPU.
RANKCHAIN_API std::string why_no_cuda();

}  // namespace rankchain

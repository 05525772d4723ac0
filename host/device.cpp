// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include <rankchain/device.hpp>
#include <rankchain/error.hpp>

#include <charconv>
#include <string>

namespace rankchain {

Device parse_device(std::string_view text) {
    if (text == "auto") return {Device::Kind::automatic, 0, 0};
    if (text == "cpu") return {Device::Kind::cpu, 0, 0};
    if (text == "cuda") return {Device::Kind::cuda, 0, 0};
    if (text.starts_with("cuda:")) {
        const std::string_view digits = text.substr(5);
        int ordinal = -1;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
        if (error == std::errc{} && end == digits.data() + digits.size() && ordinal >= 0) {
            return {Device::Kind::cuda, ordinal, 0};
        }
    }
    throw InvalidArgument("unknown device \"" + std::string(text) +
                          "\"; allowed: auto, cpu, cuda, cuda:K with K from 0");
}

}  // namespace rankchain

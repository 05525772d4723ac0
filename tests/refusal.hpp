// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/error.hpp>

#include <concepts>
#include <string>

namespace rankchain {

/// What call() says where it throws InvalidArgument; "" where it does not.
template <std::invocable Call>
std::string refusal(Call&& call) {
    try {
        (void)call();
    } catch (const InvalidArgument& error) {
        return error.what();
    }
    return "";
}

}  // namespace rankchain

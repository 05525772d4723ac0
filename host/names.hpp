// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Names people type: nearest matches and lists for messages.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rankchain {

/// The member of `allowed` nearest to `text` by edit distance, or empty where none is near
/// (distance above a third of the longer one's length, at least 1).
std::string_view nearest_name(std::string_view text, std::span<const std::string_view> allowed);

/// `unknown KIND "text"; did you mean "x"? allowed: a, b, c`
std::string unknown_name(std::string_view kind, std::string_view text,
                         std::span<const std::string_view> allowed);

}  // namespace rankchain

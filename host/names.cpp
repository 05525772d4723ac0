// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/names.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace rankchain {
namespace {

// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> table((a.size() + 1) * width);
    const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
        return table[i * width + j];
    };
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                at(i, j) = i + j;
                continue;
            }
            at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1,
                                 at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
            }
        }
    }
    return at(a.size(), b.size());
}

}  // namespace

std::string_view nearest_name(std::string_view text, std::span<const std::string_view> allowed) {
    std::string_view best;
    std::size_t best_distance = 0;
    for (const std::string_view candidate : allowed) {
        const std::size_t distance = edit_distance(text, candidate);
        const std::size_t limit =
            std::max<std::size_t>(1, std::max(text.size(), candidate.size()) / 3);
        if (distance <= limit && (best.empty() || distance < best_distance)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string unknown_name(std::string_view kind, std::string_view text,
                         std::span<const std::string_view> allowed) {
    std::string message = "unknown " + std::string(kind) + " \"" + std::string(text) + "\"; ";
    if (const std::string_view near = nearest_name(text, allowed); !near.empty()) {
        message += "did you mean \"" + std::string(near) + "\"? ";
    }
    message += "allowed: ";
    for (std::size_t i = 0; i < allowed.size(); ++i) {
        message += (i == 0 ? "" : ", ") + std::string(allowed[i]);
    }
    return message;
}

}  // namespace rankchain

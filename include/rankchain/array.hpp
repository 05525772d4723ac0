// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rankchain {

/// A batch of matrices somebody else owns: [B, rows, cols], row-major, contiguous.
template <class T>
struct BatchView {
    T* data = nullptr;
    std::int64_t draws = 0;  ///< B
    std::int64_t rows = 0;
    std::int64_t cols = 0;

    [[nodiscard]] T* matrix(std::int64_t b) const { return data + b * rows * cols; }
    [[nodiscard]] std::int64_t size() const { return draws * rows * cols; }

    /// A view of T is a view of const T.
    operator BatchView<const T>() const {
        return {data, draws, rows, cols};
    }  // NOLINT(google-explicit-constructor)
};

/// Consecutive draws `first .. first + count - 1`.
struct DrawRange {
    std::int64_t first = 0;
    std::int64_t count = 0;
};

}  // namespace rankchain

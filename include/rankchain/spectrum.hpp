// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/array.hpp>
#include <rankchain/device.hpp>
#include <rankchain/export.hpp>
#include <rankchain/metrics.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace rankchain {

/// Singular values of a batch, and what became of each matrix.
struct Spectrum {
    std::int64_t draws = 0;
    std::int64_t count = 0;      ///< min(rows, cols)
    std::vector<double> values;  ///< [draws, count], descending; NaN where info != 0
    std::vector<int> info;       ///< [draws]: 0, or how many values no solver brought to converge
};

/// Singular values of H itself (no Gram matrix), in float64: backward error p(n) eps ||H||.
/// NaN or Inf in a matrix is InvalidArgument naming draw, row and column.
RANKCHAIN_API Spectrum singular_values(BatchView<const double> h, const Device& device = {});

/// soft_rank(tau) of each matrix.
struct SoftRanks {
    std::vector<std::int64_t> count;     ///< [tau, draw]; -1 where no solver converged
    std::vector<std::uint8_t> resolved;  ///< [tau, draw]: 1 where the first method could not decide
    /// [tau, draw], or empty for none: 0, or for a count that no method could decide the relative
    /// change of tau that covers the method's error.
    std::vector<double> margin;
};

/// Number of i with sigma_i^2 / N >= tau, N the columns, counted by `method`: where a count is
/// proved all methods agree (docs/numerics.md, "What is computed for a request"). Errors: as
/// singular_values, and a tau that is NaN, negative or infinite.
RANKCHAIN_API SoftRanks soft_ranks(BatchView<const double> h, std::span<const double> taus,
                                   const Device& device = {},
                                   SpectrumMethod method = SpectrumMethod::automatic);

}  // namespace rankchain

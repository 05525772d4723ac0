// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cpu/matrix.hpp"
#include <rankchain/network.hpp>

#include <cstdint>

namespace rankchain::cpu {

/// Which norm, and of what.
struct NormRule {
    Normalization normalization = Normalization::batch;
    double eps = 0.0;
    std::int64_t batch = 0;  ///< N
    /// The rows are those of K [d, cols], H = K Q^T: if the norm centres, their mean is zero by
    /// construction, and every sum over N columns is the sum over K's.
    bool compressed = false;
};

/// What became of the numbers.
struct NormFaults {
    bool finite = true;           ///< false: some number was not; the matrix is not to be used
    std::int64_t degenerate = 0;  ///< rows, columns or matrices with nothing to divide by: zeros
    double log_scale = 0.0;       ///< `none`: ln of what the matrix was multiplied by
};

/// z = norm(z), for a panel of rows where the norm acts on rows, else for the whole matrix.
///
/// Sums     means and variances in two passes, in T, over rows in lanes<T> partial sums that are
///          added in a fixed tree; over columns in the order of the rows. A row or column whose
///          mean exceeds its deviations, or whose squares leave the range of T, is done again in
///          the next wider type.
template <class T>
void normalize(const NormRule& rule, Matrix<T> z, NormFaults& faults);

/// Whether every element is finite.
template <class T>
bool all_finite(Matrix<const T> z);

}  // namespace rankchain::cpu

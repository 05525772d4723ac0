// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Thresholds of counts and how far rounding may have moved what is counted, on host and device.
// Derived in docs/numerics.md, "The count is a certificate". u = 2^-53; 1.01 covers the terms of
// higher order and the rounding of e itself.
#pragma once

#include "host/arith/config.hpp"

#include <cmath>
#include <cstdint>

namespace rankchain::arith {

/// Of a method on the computed G whose backward error is at most `solver` n^2 u ||G||_F.
RANKCHAIN_HD double symmetric_error(double solver, std::int64_t n, std::int64_t k, double trace,
                                    double frobenius, double x) {
    const auto size = static_cast<double>(n);
    return 1.01 * 0x1p-53 *
           (static_cast<double>(k) * trace + solver * size * size * frobenius + 8.0 * x);
}

/// 1.01 u (k tr(G) + 16 n^2 ||G||_F + 8 x).
RANKCHAIN_HD double gram_error(std::int64_t n, std::int64_t k, double trace, double frobenius,
                               double x) {
    return symmetric_error(16.0, n, k, trace, frobenius, x);
}

/// 1.01 u (k tr(G) + 32 n^2 ||G||_F + 8 x).
RANKCHAIN_HD double eigenvalue_error(std::int64_t n, std::int64_t k, double trace, double frobenius,
                                     double x) {
    return symmetric_error(32.0, n, k, trace, frobenius, x);
}

/// What a column of a panel adds to panel_error() besides its share of ||G||_F: (8 p + 240) S, p the
/// rows of its reflection and S the sum of ||v|| ||w|| over the panel up to it.
RANKCHAIN_HD double panel_growth(std::int64_t p, double spread) {
    return (8.0 * static_cast<double>(p) + 240.0) * spread;
}

/// 1.01 u (k tr(G) + (6 n^2 + 136 n) ||G||_F + growth + 8 x), growth the sum of panel_growth() over
/// the columns.
RANKCHAIN_HD double panel_error(std::int64_t n, std::int64_t k, double trace, double frobenius,
                                double growth, double x) {
    const auto size = static_cast<double>(n);
    return symmetric_error(6.0 + 136.0 / size, n, k, trace, frobenius, x) +
           1.01 * 0x1p-53 * growth;
}

/// 1.01 u ((10 n k + 44 n) ||H||_F + 4 x).
RANKCHAIN_HD double bidiagonal_error(std::int64_t n, std::int64_t k, double frobenius, double x) {
    const auto side = static_cast<double>(n);
    return 1.01 * 0x1p-53 *
           ((10.0 * side * static_cast<double>(k) + 44.0 * side) * frobenius + 4.0 * x);
}

/// N tau as a threshold for the eigenvalues of the Gram matrix of W = 2^-exponent H. Far above all
/// of them it need not be infinite.
RANKCHAIN_HD double gram_threshold(double tau, int exponent, std::int64_t batch) {
    const int power = exponent < -1000 ? 0 : exponent;  // no exponent, but why there is no W
    const double x = std::ldexp(tau, -2 * power) * static_cast<double>(batch);
    return x < 1e300 ? x : 1e300;
}

}  // namespace rankchain::arith

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/weights.hpp"

#include <rankchain/error.hpp>
#include <rankchain/weights.hpp>

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

constexpr Weights entry_laws[] = {Weights::gaussian, Weights::uniform, Weights::rademacher,
                                  Weights::uniform_positive, Weights::half_normal};

TEST(Weights, OneAloneIsTheOneInTheMatrix) {
    for (const Weights law : entry_laws) {
        for (const std::int64_t cols : {1, 5, 32, 131}) {
            const std::int64_t rows = 7;
            std::vector<float> w(static_cast<std::size_t>(rows * cols));
            weights(law, 11, 3, 2, rows, cols, w);
            for (std::int64_t i = 0; i < rows; ++i) {
                for (std::int64_t j = 0; j < cols; ++j) {
                    ASSERT_EQ(weight(law, 11, 3, 2, rows, cols, i, j),
                              w[static_cast<std::size_t>(i * cols + j)])
                        << name(law) << " " << i << " " << j;
                }
            }
        }
    }
}

// Q Q^T / d - I entry by entry. Householder QR in float64 is orthogonal to c d eps, far below the
// rounding of the entries to float32: with |q_ij| <= sqrt(d), each entry of Q Q^T / d differs by
// at most 2 u sum_k |q_ik q_jk| / d <= 2 u (1 + u) by Cauchy-Schwarz; 3 u leaves room.
TEST(Weights, OrthogonalIsOrthogonal) {
    for (const std::int64_t d : {1, 2, 5, 32, 65}) {
        std::vector<float> q(static_cast<std::size_t>(d * d));
        weights(Weights::orthogonal, 5, 1, 4, d, d, q);
        const double bound = 3.0 * std::ldexp(1.0, -24);
        for (std::int64_t i = 0; i < d; ++i) {
            for (std::int64_t j = 0; j < d; ++j) {
                double sum = 0;
                for (std::int64_t k = 0; k < d; ++k) {
                    sum += double{q[static_cast<std::size_t>(i * d + k)]} *
                           double{q[static_cast<std::size_t>(j * d + k)]};
                }
                ASSERT_LE(std::fabs(sum / static_cast<double>(d) - (i == j ? 1.0 : 0.0)), bound);
            }
        }
    }
}

}  // namespace
}  // namespace rankchain

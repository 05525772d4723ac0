// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What ways of counting must show beside count_checks.hpp whose form is the tridiagonal one of the
// Gram matrix.
#pragma once

#include "host/cpu/gram.hpp"
#include "tests/simt/count_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace rankchain::cuda::count_checks {

/// What such Forms have in common.
struct GramForm {
    static constexpr bool squares = true;

    [[nodiscard]] static std::vector<double> values(const Matrix& w, const double* form) {
        const std::int64_t n = std::min(w.rows, w.cols);
        cpu::Tridiagonal t;
        for (std::int64_t i = 0; i < n; ++i) {
            t.diagonal.push_back(form[i]);
            if (i + 1 < n) t.off_diagonal.push_back(std::sqrt(form[n + i]));
        }
        return t.eigenvalues();
    }
    /// It is one of sigma^2.
    [[nodiscard]] static double error(std::int64_t /*n*/, std::int64_t /*k*/,
                                      const std::vector<double>& /*sigma*/) {
        return std::numeric_limits<double>::infinity();
    }
    /// e of the counts at x, of matrices W.
    [[nodiscard]] static double width(const Matrix& w, const GramSums& sums, double x) {
        return gram_error(std::min(w.rows, w.cols), std::max(w.rows, w.cols), sums.trace,
                          sums.frobenius, x);
    }
};

/// The Sturm count of the form, by itself.
inline int count_of(const double* form, std::int64_t n, double x) {
    int above = 0;
    double pivot = 1, off = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        pivot = (form[i] - x) - off / pivot;
        if (std::fabs(pivot) < std::numeric_limits<double>::min())
            pivot = -std::numeric_limits<double>::min();
        if (pivot >= 0) ++above;
        off = form[n + i];
    }
    return above;
}

/// Counts and lambda_1 are those of the form; the sums are the CPU backend's; no bit depends on the
/// order of threads. A sum of m numbers of one sign has a relative error below (m + 3) u.
template <class Form>
void check_form(const Form& form, const Matrix& h, std::uint64_t others = check_schedules) {
    const std::int64_t n = std::min(h.rows, h.cols), k = std::max(h.rows, h.cols);
    const std::vector<double> taus{0.1, 0.5, 1.0, 1e-30, 1e300};
    const Counted got = check_every_order<double>(form, {h}, taus, others);
    std::vector<double> w(h.values.size());
    ASSERT_EQ(cpu::widen(h.values.data(), h.rows, h.cols, h.cols, w.data()), got.exponent[0]);
    cpu::Gram gram;
    gram.form(w.data(), h.rows, h.cols);
    const GramSums& sums = got.sums[0];
    const double share = 2 * static_cast<double>(n * n + k + 8) * eps;
    EXPECT_NEAR(sums.trace, gram.trace, share * gram.trace);
    EXPECT_NEAR(sums.frobenius, gram.frobenius, share * gram.frobenius);
    const double gap = gram.orthogonality_gap(h.cols);
    EXPECT_NEAR(sums.orthogonality_gap, gap, share * (gap + 1));
    // Orthogonal transformations keep both, to the error of the form.
    double trace = 0, square = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        const double d = got.form[static_cast<std::size_t>(i)];
        trace += d;
        square += d * d + 2 * got.form[static_cast<std::size_t>(n + i)];
    }
    const Matrix scaled_h = scaled(h, got.exponent[0]);
    const double e = form.width(scaled_h, sums, 0);
    EXPECT_NEAR(trace, gram.trace, std::sqrt(static_cast<double>(n)) * e);
    EXPECT_NEAR(std::sqrt(square), gram.frobenius, e);
    for (std::size_t t = 0; t < taus.size(); ++t) {
        const double x = std::min(
            std::ldexp(taus[t], -2 * got.exponent[0]) * static_cast<double>(h.cols), 1e300);
        const double wide = form.width(scaled_h, sums, x);
        EXPECT_EQ(got.ends[t].low, count_of(got.form.data(), n, x + wide));
        EXPECT_EQ(got.ends[t].high, count_of(got.form.data(), n, x - wide));
    }
    const double top = got.lambda_1[0];
    EXPECT_GT(count_of(got.form.data(), n, top), 0);
    EXPECT_EQ(count_of(got.form.data(), n, std::nextafter(top, 2 * top)), 0);
}

/// What is said of draws that are none, and of numbers whose squares are none.
template <class Form>
void check_gram_draws(const Form& form, Shape shape, Random& random) {
    const Counted got = check_draws(form, shape, {0.2, 1.0}, random);
    for (std::size_t empty = 3; empty < 6; ++empty) {
        EXPECT_EQ(got.sums[empty].trace, 0);
        EXPECT_EQ(got.lambda_1[empty], 0);
        EXPECT_TRUE(std::isnan(got.sums[empty].orthogonality_gap));
        for (std::size_t t = 0; t < 2; ++t) {
            EXPECT_EQ(got.ends[2 * empty + t].low, 0);
            EXPECT_EQ(got.ends[2 * empty + t].high, 0);
        }
    }
    // Scaled by more than a square can take; tau is not.
    EXPECT_EQ(got.ends[2].high, 0);
    EXPECT_EQ(got.ends[4].low, static_cast<int>(std::min(shape.first, shape.second)));
}

}  // namespace rankchain::cuda::count_checks

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/gram.hpp"

#include "host/cpu/lapack.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace rankchain::cpu {
namespace {

constexpr std::int64_t cosine_panel = 64;

/// The largest |h|, or NaN or infinity if there is one. Magnitudes order as their bits do, those
/// that are not finite above all others, and an integer maximum is vectorised.
template <class T>
double largest_magnitude(const T* h, std::int64_t rows, std::int64_t cols, std::int64_t stride) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    constexpr Bits magnitude = std::numeric_limits<Bits>::max();
    Bits largest = 0;
    for (std::int64_t i = 0; i < rows; ++i) {
        const T* const row = h + i * stride;
        for (std::int64_t j = 0; j < cols; ++j) {
            largest = std::max(largest, std::bit_cast<Bits>(row[j]) & magnitude);
        }
    }
    return double{std::bit_cast<T>(largest)};
}

}  // namespace

template <class T>
std::optional<int> scale_exponent(const T* h, std::int64_t rows, std::int64_t cols,
                                  std::int64_t stride) {
    const double largest = largest_magnitude(h, rows, cols, stride);
    if (!std::isfinite(largest)) return std::nullopt;
    // Within +-1000 the factor is a normal number, and the rest of the range is far from the ends.
    return largest > 0 ? std::clamp(std::ilogb(largest), -1000, 1000) : 0;
}

template std::optional<int> scale_exponent(const float*, std::int64_t, std::int64_t, std::int64_t);
template std::optional<int> scale_exponent(const double*, std::int64_t, std::int64_t, std::int64_t);

template <class T>
std::optional<int> widen(const T* h, std::int64_t rows, std::int64_t cols, std::int64_t stride,
                         double* w) {
    const auto exponent = scale_exponent(h, rows, cols, stride);
    if (!exponent) return std::nullopt;
    const double factor = std::ldexp(1.0, -*exponent);
    for (std::int64_t i = 0; i < rows; ++i) {
        const T* const from = h + i * stride;
        double* const to = w + i * cols;
        for (std::int64_t j = 0; j < cols; ++j)
            to[j] = double{from[j]} * factor;
    }
    return exponent;
}

template std::optional<int> widen(const float*, std::int64_t, std::int64_t, std::int64_t, double*);
template std::optional<int> widen(const double*, std::int64_t, std::int64_t, std::int64_t, double*);

void Gram::form(const double* w, std::int64_t rows, std::int64_t cols) {
    n = std::min(rows, cols);
    k = std::max(rows, cols);
    trace = 0;
    frobenius = 0;
    off_squares = 0;
    g.resize(static_cast<std::size_t>(n * n));
    if (n == 0) return;
    cblas_dsyrk(CblasRowMajor, CblasUpper, rows <= cols ? CblasNoTrans : CblasTrans, lapack_size(n),
                lapack_size(k), 1.0, w, lapack_size(cols), 0.0, g.data(), lapack_size(n));
    double squares = 0;
    double above = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        const double* const row = g.data() + i * n;
        double row_above = 0;
        for (std::int64_t j = i + 1; j < n; ++j)
            row_above += row[j] * row[j];
        trace += row[i];
        squares += row[i] * row[i];
        above += row_above;
    }
    off_squares = 2.0 * above;
    frobenius = std::sqrt(squares + off_squares);
}

double Gram::orthogonality_gap(std::int64_t batch) const {
    if (!(trace > 0)) return std::numeric_limits<double>::quiet_NaN();
    const double share = 1.0 / static_cast<double>(batch);
    double squares = off_squares / trace / trace + static_cast<double>(batch - n) * share * share;
    for (std::int64_t i = 0; i < n; ++i) {
        const double deviation = g[static_cast<std::size_t>(i * n + i)] / trace - share;
        squares += deviation * deviation;
    }
    return std::sqrt(squares);
}

void Tridiagonal::reduce(Gram& gram) {
    const std::int64_t n = gram.n;
    diagonal.resize(static_cast<std::size_t>(n));
    off_diagonal.resize(static_cast<std::size_t>(std::max<std::int64_t>(n - 1, 0)));
    if (n == 0) return;
    // The row-major upper triangle is the column-major lower one.
    const std::int64_t scratch = tridiagonal_work(n);
    work.resize(static_cast<std::size_t>(n + scratch));
    require_lapack("dsytrd",
                   LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', lapack_size(n), gram.g.data(),
                                       lapack_size(n), diagonal.data(), off_diagonal.data(),
                                       work.data(), work.data() + n, lapack_size(scratch)));
}

std::int64_t Tridiagonal::count_at_least(double x) const {
    constexpr double pivot_min = std::numeric_limits<double>::min();
    std::int64_t below = 0;
    double pivot = 1.0;
    double off = 0.0;
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
        pivot = (diagonal[i] - x) - off * off / pivot;
        if (std::fabs(pivot) < pivot_min) pivot = -pivot_min;
        below += pivot < 0 ? 1 : 0;
        off = i < off_diagonal.size() ? off_diagonal[i] : 0.0;
    }
    return static_cast<std::int64_t>(diagonal.size()) - below;
}

std::vector<double> Tridiagonal::eigenvalues() const {
    std::vector<double> lambda(diagonal.begin(), diagonal.end());
    std::vector<double> off(off_diagonal.begin(), off_diagonal.end());
    if (lambda.empty()) return lambda;
    const int info = LAPACKE_dsterf(lapack_size(static_cast<std::int64_t>(lambda.size())),
                                    lambda.data(), off.data());
    require_lapack("dsterf", std::min(info, 0));
    if (info != 0) return {};
    std::reverse(lambda.begin(), lambda.end());
    return lambda;
}

double Tridiagonal::largest(double trace, double frobenius) const {
    // ||G||_F^2 = sum lambda_i^2 <= lambda_1 tr(G), and lambda_1 <= ||G||_F.
    if (!(trace > 0)) return 0.0;
    double low = 0.5 * frobenius * (frobenius / trace);
    double high = 2.0 * frobenius;
    for (;;) {
        const double middle = low + 0.5 * (high - low);
        if (!(middle > low && middle < high)) return low;
        (count_at_least(middle) > 0 ? low : high) = middle;
    }
}

double mean_abs_cosine(const double* w, std::int64_t rows, std::int64_t cols) {
    AlignedVector<double> inverse(static_cast<std::size_t>(cols), 0.0);
    for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < cols; ++j) {
            const double entry = w[i * cols + j];
            inverse[static_cast<std::size_t>(j)] += entry * entry;
        }
    }
    std::int64_t directed = 0;
    for (double& entry : inverse) {
        if (entry > 0) ++directed;
        entry = entry > 0 ? 1.0 / std::sqrt(entry) : 0.0;
    }
    // Panels of columns against those from the panel on: N x 64 products at a time, not N x N.
    const std::int64_t width = std::min(cosine_panel, cols);
    AlignedVector<double> products(static_cast<std::size_t>(cols * width));
    double sum = 0;
    for (std::int64_t first = 0; first < cols; first += cosine_panel) {
        const std::int64_t left = cols - first;
        const std::int64_t panel = std::min(cosine_panel, left);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, lapack_size(left), lapack_size(panel),
                    lapack_size(rows), 1.0, w + first, lapack_size(cols), w + first,
                    lapack_size(cols), 0.0, products.data(), lapack_size(panel));
        for (std::int64_t i = 1; i < left; ++i) {
            const double* const row = products.data() + i * panel;
            double row_sum = 0;
            for (std::int64_t j = 0; j < std::min(i, panel); ++j) {
                row_sum += std::fabs(row[j]) * inverse[static_cast<std::size_t>(first + j)];
            }
            sum += row_sum * inverse[static_cast<std::size_t>(first + i)];
        }
    }
    const auto pairs = static_cast<double>(directed) * static_cast<double>(directed - 1) / 2.0;
    return pairs > 0 ? sum / pairs : std::numeric_limits<double>::quiet_NaN();
}

std::int64_t gram_bytes(std::int64_t rows, std::int64_t cols, bool cosines) {
    const std::int64_t n = std::min(rows, cols);
    const std::int64_t tridiagonal = n > 0 ? 5 * n + tridiagonal_work(n) : 0;
    const std::int64_t panel = cosines ? cols + cols * std::min(cosine_panel, cols) : 0;
    return static_cast<std::int64_t>(sizeof(double)) * (n * n + tridiagonal + panel);
}

}  // namespace rankchain::cpu

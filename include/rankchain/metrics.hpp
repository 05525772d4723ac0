// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/export.hpp>
#include <rankchain/network.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rankchain {

/// What can be measured of an observed matrix H [d, N]; formulas in docs/numerics.md, "What is
/// measured". M = H H^T / N, sigma_i the singular values of H, lambda_i = sigma_i^2 / N,
/// descending.
enum class Metric {
    soft_rank,          ///< number of lambda_i >= tau
    rank_lower_bound,   ///< tr(M)^2 / ||M||_F^2
    numerical_rank,     ///< number of sigma_i > sigma_1 max(d, N) eps
    stable_rank,        ///< ||H||_F^2 / sigma_1^2
    effective_rank,     ///< exp(-sum p_i ln p_i), p_i = sigma_i / sum sigma
    orthogonality_gap,  ///< || H^T H / ||H||_F^2 - I_N / N ||_F
    isometry_gap,       ///< ln(mean lambda) - mean(ln lambda) over the n largest
    mean_abs_cosine,    ///< mean of |cos| over pairs of columns
    condition_number,   ///< sigma_1 / sigma_n
    spectrum,           ///< all lambda_i; the values lambda_1, lambda_2, ...
    lyapunov            ///< (1/l) ln sigma_i of the unnormalised product; lyapunov_1, ...
};

RANKCHAIN_API std::string_view name(Metric metric);
RANKCHAIN_API Metric parse_metric(std::string_view text);
RANKCHAIN_API bool is_integer(Metric metric);  ///< soft_rank and numerical_rank

/// By what soft ranks and numerical ranks are counted. A metric that needs singular values has them
/// whatever is chosen here.
enum class SpectrumMethod {
    automatic,  ///< the cheapest that serves (docs/numerics.md, "What is computed for a request")
    count,      ///< tridiagonal or bidiagonal form and Sturm counts, with a proof
    eigen,      ///< eigenvalues of the Gram matrix
    svd         ///< singular values of H
};

RANKCHAIN_API std::string_view name(SpectrumMethod method);
/// `auto`, `count`, `eigen` or `svd`. InvalidArgument names the text otherwise.
RANKCHAIN_API SpectrumMethod parse_spectrum_method(std::string_view text);

/// One number a draw and recorded depth: a metric, the threshold of a soft rank, the index of a
/// value among several.
struct Quantity {
    Metric metric = Metric::rank_lower_bound;
    double tau = std::numeric_limits<double>::quiet_NaN();  ///< soft_rank only
    std::int64_t index = 0;  ///< spectrum and lyapunov: 1 .. min(d, N)

    /// The name in exports: the metric's, or lambda_i and lyapunov_i.
    [[nodiscard]] RANKCHAIN_API std::string label() const;
};

/// Can these be measured of this chain? InvalidArgument: a soft rank whose tau is NaN, negative or
/// infinite; `lyapunov` of a chain that is not linear with norm `none`; an index of `spectrum` or
/// `lyapunov` that is not in 1 .. min(d, N).
RANKCHAIN_API void validate_quantities(const Network& network,
                                       std::span<const Quantity> quantities);

/// The quantities of a request in a fixed order: a soft rank for each tau (as given), then every
/// metric, `spectrum` and `lyapunov` as min(d, N) quantities each. InvalidArgument: as
/// validate_quantities(), and an empty request.
RANKCHAIN_API std::vector<Quantity> expand(const Network& network,
                                           std::span<const double> soft_rank_taus,
                                           std::span<const Metric> metrics);

/// How one draw fared at one recorded depth.
struct DrawStatus {
    std::int64_t failed_layer = -1;  ///< the layer whose numbers were not finite; -1: none
    bool spectrum_failed = false;    ///< no solver converged: every spectral quantity is NaN
    std::int64_t degenerate_rows =
        0;  ///< rows (columns, matrices) with nothing to divide by, layers 1 .. l
};

/// Quantities of consecutive draws at one depth. A value that could not be had is NaN and is never
/// averaged in; integer metrics are exact in double.
struct Samples {
    std::int64_t draws = 0;
    std::vector<double> values;  ///< [quantity, draw], row-major
    std::vector<std::uint8_t>
        resolved;  ///< [quantity, draw]: 1 where the first method could not decide
    /// [quantity, draw], or empty for none: 0, or for a count that no method could decide the
    /// relative change of its threshold that covers the method's error.
    std::vector<double> margin;
    std::vector<DrawStatus> status;  ///< [draw]

    [[nodiscard]] double& value(std::int64_t quantity, std::int64_t draw) {
        return values[static_cast<std::size_t>(quantity * draws + draw)];
    }
    [[nodiscard]] double value(std::int64_t quantity, std::int64_t draw) const {
        return values[static_cast<std::size_t>(quantity * draws + draw)];
    }
};

}  // namespace rankchain

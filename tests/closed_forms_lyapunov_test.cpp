// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Products of Gaussian d x d matrices: their Lyapunov spectrum is known at every d (Newman 1986),
//   mu_i = (ln 2 + psi((d - i + 1) / 2)) / 2,
// and so are the finite-depth corrections that these tests use. P = W_l ... W_1 from the identity.
#include "closed_forms.hpp"

#include <array>

#include <gtest/gtest.h>

namespace rankchain::closed_forms {
namespace {

constexpr std::int64_t d = 8;

Network plain(std::int64_t batch, std::int64_t depth) {
    return {.width = d,
            .batch = batch,
            .depth = depth,
            .normalization = Normalization::none,
            .precision = Precision::float64};
}

constexpr Input::Kind identity = Input::Kind::identity;

double sum_of_exponents(std::int64_t k, std::int64_t shift = 0) {
    double sum = 0;
    for (std::int64_t i = 1; i <= k; ++i)
        sum += lyapunov_exponent(i + shift, d);
    return sum;
}

/// For every draw the mean over the k largest of ln sigma_i, summed: ln(sigma_1 ... sigma_k).
std::vector<double> log_volume(const Samples& lyapunov, std::int64_t k, double layers) {
    std::vector<double> all(static_cast<std::size_t>(lyapunov.draws), 0.0);
    for (std::int64_t i = 0; i < k; ++i) {
        const auto values = row(lyapunov, i);
        for (std::size_t b = 0; b < all.size(); ++b)
            all[b] += layers * values[b];
    }
    return all;
}

// The first k columns of the identity span a volume that layer l multiplies by the volume of k
// columns of a Gaussian matrix, independently of what came before: a product of independent
// chi_d, chi_(d-1), ..., chi_(d-k+1) (Bartlett). Hence with N = k columns
//   ln(sigma_1 ... sigma_k) = sum over layers and j < k of ln chi_(d-j),
// exactly, with mean l (mu_1 + ... + mu_k) and cumulants known in closed form; rounding adds less
// than 1e-9 where sigma_1 / sigma_k stays below 1e6 or so.
bool volume_grows_as(const std::vector<double>& log_volumes, std::int64_t layers, std::int64_t k,
                     double per_layer) {
    const double n = static_cast<double>(layers) * static_cast<double>(log_volumes.size());
    const auto centred = [k](double theta) {
        return log_chi_cumulant(theta, d, k) - theta * sum_of_exponents(k);
    };
    const double above = chernoff(centred, n, false_alarm / (2 * d), +1);
    const double below = chernoff(centred, n, false_alarm / (2 * d), -1);
    const double error = mean(log_volumes) / static_cast<double>(layers) - per_layer;
    return error <= above + 1e-9 && error >= below - 1e-9;
}

TEST(Lyapunov, VolumesGrowAsNewmansExponents) {
    constexpr std::int64_t layers = 4;
    constexpr std::int64_t draws = 40000;
    for (std::int64_t k = 1; k <= d; ++k) {
        Chains chains(plain(k, layers), {.kind = identity}, 21, {0, draws});
        chains.advance(layers);
        const auto lyapunov = chains.measure(values_of(Metric::lyapunov, k));
        const auto volumes = log_volume(lyapunov, k, layers);
        const double truth = sum_of_exponents(k);
        EXPECT_TRUE(volume_grows_as(volumes, layers, k, truth))
            << k << ": " << mean(volumes) / layers << " against " << truth;
        EXPECT_FALSE(volume_grows_as(times(1.01, volumes), layers, k, truth))
            << k << ", planted: logs 1 % too large";
        EXPECT_FALSE(volume_grows_as(volumes, layers, k, truth + 0.01 * static_cast<double>(k)))
            << k << ", planted: values 1 % too small";
        if (k < d) {
            EXPECT_FALSE(volume_grows_as(volumes, layers, k, sum_of_exponents(k, 1)))
                << k << ", planted: index shift";
        }
    }
}

/// E ln |det of the k x k corner of a Haar matrix|, negated. The law of P is invariant under
/// rotations of its input, so P = U S V^T with V Haar and independent of S, and the volume of the
/// first k columns is at least sigma_1 ... sigma_k |det V_kk|:
///   0 <= E ln(sigma_1 ... sigma_k) - l (mu_1 + ... + mu_k) <= corner(k),
/// the corner of a Gaussian matrix being the corner of its Q times that of its R:
///   corner(k) = sum over j < k of E ln chi_(d-j) - E ln chi_(k-j).
double corner_cumulant(double theta, std::int64_t k) {
    return log_chi_cumulant(-theta, k, k) - log_chi_cumulant(-theta, d, k);
}
double corner(std::int64_t k) {
    double sum = 0;
    for (std::int64_t j = 0; j < k; ++j) {
        sum += lyapunov_exponent(j + 1, d) - lyapunov_exponent(j + 1, k);
    }
    return sum;
}

/// Is the mean over draws of ln(sigma_1 ... sigma_k) where the bounds above allow it to be?
bool product_grows_as(const std::vector<double>& log_products, std::int64_t layers, std::int64_t k,
                      double per_layer) {
    const auto draws = static_cast<double>(log_products.size());
    const double n = draws * static_cast<double>(layers);
    const double alpha = false_alarm / (3 * d);
    const auto centred = [k](double theta) {
        return log_chi_cumulant(theta, d, k) - theta * sum_of_exponents(k);
    };
    const auto corners = [k](double theta) { return corner_cumulant(theta, k); };
    const auto l = static_cast<double>(layers);
    const double above = l * chernoff(centred, n, alpha, +1) + chernoff(corners, draws, alpha, +1);
    const double below = l * chernoff(centred, n, alpha, -1);
    const double error = mean(log_products) - l * per_layer;
    return error <= above && error >= below;
}

TEST(Lyapunov, CornerMeanIsTheSlopeOfItsCumulants) {
    for (std::int64_t k = 1; k < d; ++k) {
        EXPECT_NEAR((corner_cumulant(1e-6, k) - corner_cumulant(-1e-6, k)) / 2e-6, corner(k), 1e-6);
    }
    EXPECT_NEAR(corner(d), 0, 1e-12);
}

// sigma_i / sigma_1 decays as exp(l (mu_i - mu_1)), each exponent within O(1 / l).
TEST(Lyapunov, SingularValuesSeparateAsNewmansExponents) {
    constexpr std::int64_t draws = 4000;
    struct Depth {
        std::int64_t layers;
        std::int64_t visible;  // the exponents that float64 still resolves in every draw
    };
    for (const auto [layers, visible] : {Depth{5, d}, Depth{40, 3}, Depth{150, 2}}) {
        Chains chains(plain(d, layers), {.kind = identity}, 22, {0, draws});
        chains.advance(layers);
        const auto lyapunov = chains.measure(values_of(Metric::lyapunov, d));
        for (std::int64_t k = 1; k <= visible; ++k) {
            const auto products = log_volume(lyapunov, k, static_cast<double>(layers));
            const double truth = sum_of_exponents(k);
            EXPECT_TRUE(product_grows_as(products, layers, k, truth))
                << layers << " layers, k = " << k << ": " << mean(products) << " against "
                << static_cast<double>(layers) * truth << " + [0, " << corner(k) << "]";
            if (layers == 150) {
                EXPECT_FALSE(product_grows_as(times(1.02, products), layers, k, truth))
                    << k << ", planted: logs 2 % too large";
                EXPECT_FALSE(product_grows_as(products, layers, k, sum_of_exponents(k, 1)))
                    << k << ", planted: index shift";
            }
        }
    }
}

/// The mean over draws of the first recorded layer at which numerical_rank < i.
///
/// At that layer D, ln(sigma_1 / sigma_i) has passed x = -ln(d eps). With V_k the volume of the
/// first k columns, ln V_k is a sum of independent steps and D a stopping time, so by Wald's
/// identity E ln V_k(D) = E D (mu_1 + ... + mu_k); and ln sigma_1 ... sigma_k exceeds it by 0 to
/// corner(k) in the mean. So E D (mu_1 - mu_i) lies within the corners of x, plus the overshoot:
/// what one recorded step adds, `step` layers' worth of (mu_1 - mu_i), and one layer's own.
bool rank_is_lost_at(const std::vector<double>& layers, double deepest, std::int64_t i, double eps,
                     double step) {
    const double x = -std::log(static_cast<double>(d) * eps);
    const double rate = lyapunov_exponent(1, d) - lyapunov_exponent(i, d);
    const double slack = corner(1) + corner(i - 1) + corner(i);
    const double low = (x - slack) / rate;
    const double high = (x + slack) / rate + 2 * step;
    return mean_not_refuted(layers, 0, deepest, low, high, 0.3 * x / rate);
}

TEST(Lyapunov, EachRankIsLostAtItsDepth) {
    constexpr std::int64_t draws = 600;
    constexpr double eps = std::numeric_limits<double>::epsilon();
    std::vector<std::int64_t> layers;
    for (std::int64_t l = 1; l <= 120; ++l)
        layers.push_back(l);
    for (std::int64_t l = 125; l <= 1500; l += 5)
        layers.push_back(l);
    const std::array quantities{quantity(Metric::numerical_rank)};
    const auto samples = run(plain(d, 1500), {.kind = identity}, 23, draws, layers, quantities);
    for (const std::int64_t i : {2, 3, 4, 6, 8}) {
        std::vector<double> lost(static_cast<std::size_t>(draws), 1500.0);
        for (std::int64_t b = 0; b < draws; ++b) {
            for (std::size_t l = 0; l < layers.size(); ++l) {
                if (samples[l].value(0, b) < static_cast<double>(i)) {
                    lost[static_cast<std::size_t>(b)] = static_cast<double>(layers[l]);
                    break;
                }
            }
        }
        const double step = i <= 4 ? 5 : 1;
        EXPECT_TRUE(rank_is_lost_at(lost, 1500, i, eps, step)) << i << ": " << mean(lost);
        EXPECT_FALSE(rank_is_lost_at(lost, 1500, i, std::numeric_limits<float>::epsilon(), step))
            << i << " at " << mean(lost) << ", planted: the eps of float32";
        if (i < d) {
            EXPECT_FALSE(rank_is_lost_at(lost, 1500, i + 1, eps, step))
                << i << " at " << mean(lost) << ", planted: index shift";
        }
    }
}

// Theorem 1 of the paper: without normalisation the chain goes to rank one. ln(sigma_1 / sigma_2)
// is at least 2 ln V_1 - ln ||P||_(2), where the norm over all pairs of columns is at most sqrt(28)
// max V_2: after 10 000 layers at least 10 000 (mu_1 - mu_2) less the Chernoff widths, 100 and
// more. What is left is rounding: about d eps sigma_1 a layer, which decays as slowly as any
// sigma_2, so below 1e3 d eps = 2e-12 sigma_1; lambda_1 = d. numerical_rank, whose threshold is d
// eps sigma_1, may well count it. rank_lower_bound - 1 is the square of that, and the rounding of
// its sums, d^2 eps.
bool is_rank_one(double rank_lower_bound, std::int64_t width, double eps) {
    return std::abs(rank_lower_bound - 1) <= static_cast<double>(width * width) * eps;
}

TEST(TheoremOne, WithoutNormalisationTheChainGoesToRankOne) {
    constexpr std::int64_t layers = 10000;
    constexpr std::int64_t draws = 100;
    const auto centred = [](std::int64_t k) {
        return [k](double theta) {
            return log_chi_cumulant(theta, d, k) - theta * sum_of_exponents(k);
        };
    };
    const double l = layers;
    const double separation = l * (2 * sum_of_exponents(1) - sum_of_exponents(2)) +
                              2 * l * chernoff(centred(1), l, false_alarm / (2 * draws), -1) -
                              l * chernoff(centred(2), l, false_alarm / (56 * draws), +1) -
                              0.5 * std::log(28.0);
    ASSERT_GT(separation, 40) << "the premise of this test";

    const std::array quantities{quantity(Metric::rank_lower_bound), soft_rank(1e-20)};
    for (const Normalization norm : {Normalization::none, Normalization::batch_scale}) {
        Network network = plain(d, layers);
        network.normalization = norm;
        Chains chains(network, {.kind = identity}, 24, {0, draws});
        chains.advance(layers);
        const auto samples = chains.measure(quantities);
        int collapsed = 0;
        for (std::int64_t b = 0; b < draws; ++b) {
            const double eps = std::numeric_limits<double>::epsilon();
            collapsed += is_rank_one(samples.value(0, b), d, eps) && samples.value(1, b) == 1;
            EXPECT_FALSE(is_rank_one(1.01 * samples.value(0, b), d, eps)) << "planted: 1 %";
        }
        // The same weights with batch normalisation are the planted error: not one draw collapses.
        EXPECT_EQ(collapsed, norm == Normalization::none ? draws : 0);
    }
}

}  // namespace
}  // namespace rankchain::closed_forms

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Spectra of Gaussian matrices and of short products of them: Marchenko-Pastur and Fuss-Catalan.
#include "closed_forms.hpp"

#include <array>

#include <gtest/gtest.h>

namespace rankchain::closed_forms {
namespace {

/// A distribution function at ascending points.
struct Law {
    std::vector<double> at;
    std::vector<double> cdf;
};

/// s = sigma / sqrt(N) of a d x N Gaussian matrix, c = d / N <= 1: with a = 1 - sqrt c, b = 1 +
/// sqrt c the density sqrt((b^2 - s^2)(s^2 - a^2)) / (pi c s) on [a, b] (Marchenko & Pastur 1967),
/// summed by midpoints in the angle t, s = 1 - sqrt c cos t, where the integrand is smooth.
Law marchenko_pastur(double c) {
    constexpr int steps = 20000;
    const double a = 1 - std::sqrt(c);
    const double b = 1 + std::sqrt(c);
    Law law{{a}, {0}};
    for (int i = 0; i < steps; ++i) {
        const double t = std::numbers::pi * (i + 0.5) / steps;
        const double s = 1 - std::sqrt(c) * std::cos(t);
        const double density =
            std::sqrt((b * b - s * s) * (s * s - a * a)) / (std::numbers::pi * c * s);
        law.cdf.push_back(law.cdf.back() +
                          density * std::sqrt(c) * std::sin(t) * std::numbers::pi / steps);
        law.at.push_back(1 - std::sqrt(c) * std::cos(std::numbers::pi * (i + 1) / steps));
    }
    return law;
}

/// s of a product of `factors` square Gaussian matrices, each divided by sqrt d: x = s^2 is
/// Fuss-Catalan. With p = factors + 1 and 0 < phi < pi / p
///   x = sin^p(p phi) / (sin phi sin^(p-1)((p-1) phi)),
///   density of x = sin^2 phi sin^(p-2)((p-1) phi) / (pi sin^(p-1)(p phi))   (Forrester & Liu 2015)
Law fuss_catalan(int factors) {
    constexpr int steps = 40000;
    const int p = factors + 1;
    const auto x = [p](double phi) {
        return std::pow(std::sin(p * phi), p) /
               (std::sin(phi) * std::pow(std::sin((p - 1) * phi), p - 1));
    };
    const auto density = [p](double phi) {
        return std::pow(std::sin(phi), 2) * std::pow(std::sin((p - 1) * phi), p - 2) /
               (std::numbers::pi * std::pow(std::sin(p * phi), p - 1));
    };
    Law law{{0}, {0}};
    for (int i = steps - 1; i >= 0; --i) {  // x falls as phi grows
        const double width = std::numbers::pi / p / steps;
        const double from = x(width * (i + 1));
        const double to = i == 0 ? std::pow(p, p) / std::pow(p - 1, p - 1) : x(width * i);
        law.cdf.push_back(law.cdf.back() +
                          density(width * (i + 0.5)) * (to - (i + 1 == steps ? 0 : from)));
        law.at.push_back(std::sqrt(to));
    }
    return law;
}

/// W_1 = integral of |F_values - F_law|, by trapezoids on the law's own points.
double wasserstein(std::vector<double> values, const Law& law) {
    std::sort(values.begin(), values.end());
    const auto empirical = [&values](double s) {
        return static_cast<double>(std::upper_bound(values.begin(), values.end(), s) -
                                   values.begin()) /
               static_cast<double>(values.size());
    };
    double sum = 0;
    for (const double value : values) {  // what lies beyond the support
        sum += (std::max(0.0, value - law.at.back()) + std::max(0.0, law.at.front() - value)) /
               static_cast<double>(values.size());
    }
    double before = std::abs(empirical(law.at.front()) - law.cdf.front());
    for (std::size_t i = 1; i < law.at.size(); ++i) {
        const double here = std::abs(empirical(law.at[i]) - law.cdf[i]);
        sum += 0.5 * (before + here) * (law.at[i] - law.at[i - 1]);
        before = here;
    }
    return sum;
}

/// The bound of wasserstein() for the pooled s of `draws` matrices made of Gaussian matrices.
///
/// W_1 to a fixed law moves by at most (1 / (B n)) sum |delta s|, n = min(d, N), so by
/// Hoffman-Wielandt and Cauchy-Schwarz it is L / sqrt(B n N) Lipschitz in all the Gaussian entries
/// together, L the Lipschitz constant of the map to the matrix whose s are taken (1 for the
/// Gaussian matrix itself). Gaussian concentration: above its mean by sqrt(2 ln(1 / alpha)) L /
/// sqrt(B n N) with probability at most alpha. The mean: the spectrum of a real Gaussian matrix
/// differs from the limit by a signed measure of total variation about 1 / n (one quarter at each
/// edge against a half spread between; Johansson 1998), so by at most 1 / (2 n) in W_1 over an
/// s-range of 2.
double wasserstein_bound(double n, double batch, double draws, double lipschitz) {
    return 0.5 / n + lipschitz * std::sqrt(2 * std::log(1 / false_alarm) / (draws * n * batch));
}

std::vector<double> singular_values_of(const Samples& samples, Metric metric, double scale) {
    std::vector<double> s = samples.values;
    for (double& value : s) {
        value = scale * (metric == Metric::spectrum ? std::sqrt(value) : std::exp(value));
    }
    return s;
}

/// sigma_i of H after one plain layer, its absolute size kept in the Lyapunov values
/// (1/1) ln sigma_i.
std::vector<double> after_one_layer(const Input& input, std::int64_t d, std::uint64_t seed,
                                    std::int64_t draws, double scale) {
    const Network network{.width = d,
                          .batch = d,
                          .depth = 1,
                          .normalization = Normalization::none,
                          .precision = Precision::float64};
    const std::array<std::int64_t, 1> one{1};
    const auto samples =
        run(network, input, seed, draws, one, values_of(Metric::lyapunov, d)).front();
    return singular_values_of(samples, Metric::lyapunov, scale);
}

bool follows(const std::vector<double>& s, const Law& law, double bound) {
    return wasserstein(s, law) <= bound;
}

TEST(MarchenkoPastur, GaussianInput) {
    for (const std::int64_t batch : {256, 512}) {
        constexpr std::int64_t d = 256;
        constexpr std::int64_t draws = 100;
        const Network network{.width = d, .batch = batch, .depth = 0};
        const std::array<std::int64_t, 1> input_only{0};
        const auto samples =
            run(network, {}, 11, draws, input_only, values_of(Metric::spectrum, d)).front();
        const auto s = singular_values_of(samples, Metric::spectrum, 1);
        const Law law = marchenko_pastur(static_cast<double>(d) / static_cast<double>(batch));
        const double bound = wasserstein_bound(d, static_cast<double>(batch), draws, 1);
        EXPECT_NEAR(law.cdf.back(), 1, 1e-7);
        EXPECT_TRUE(follows(s, law, bound)) << wasserstein(s, law) << " against " << bound;
        EXPECT_FALSE(follows(times(1.01, s), law, bound)) << "planted: values 1 % too large";
        EXPECT_FALSE(follows(times(0.99, s), law, bound)) << "planted: values 1 % too small";
        EXPECT_FALSE(follows(
            s, marchenko_pastur(0.97 * static_cast<double>(d) / static_cast<double>(batch)), bound))
            << "planted: d / N 3 % off";
    }
}

// The identity in, one layer: H = W.
TEST(MarchenkoPastur, OneLayerOnTheIdentity) {
    constexpr std::int64_t d = 256;
    constexpr std::int64_t draws = 100;
    const auto s =
        after_one_layer({.kind = Input::Kind::identity}, d, 12, draws, 1 / std::sqrt(double{d}));
    const Law law = marchenko_pastur(1);
    const double bound = wasserstein_bound(d, d, draws, 1);
    EXPECT_TRUE(follows(s, law, bound)) << wasserstein(s, law) << " against " << bound;
    EXPECT_FALSE(follows(times(1.01, s), law, bound)) << "planted: values 1 % too large";
    EXPECT_FALSE(follows(times(0.99, s), law, bound)) << "planted: values 1 % too small";
}

// One layer on a Gaussian input: two factors. The map (W, X) -> W X / d is Lipschitz with
// sqrt 2 (2 + eta) / sqrt d where both norms are at most (2 + eta) sqrt d, a convex set outside of
// which they are with probability at most 2 B exp(-eta^2 d / 2) (Davidson & Szarek 2001): 1e-11 at
// eta = 0.5, B = 400. The Lipschitz function extends from that set to everything.
TEST(FussCatalan, SpectrumOfOneLayerOnAGaussianInput) {
    constexpr std::int64_t d = 256;
    constexpr std::int64_t draws = 400;
    const auto s = after_one_layer({}, d, 13, draws, 1 / double{d});
    const double bound = wasserstein_bound(d, d, draws, 2.5 * std::numbers::sqrt2);
    const Law law = fuss_catalan(2);
    EXPECT_NEAR(law.cdf.back(), 1, 1e-3);
    EXPECT_TRUE(follows(s, law, bound)) << wasserstein(s, law) << " against " << bound;
    EXPECT_FALSE(follows(times(1.02, s), law, bound)) << "planted: values 2 % too large";
    EXPECT_FALSE(follows(s, fuss_catalan(1), bound)) << "planted: a factor forgotten";
    EXPECT_FALSE(follows(s, fuss_catalan(3), bound)) << "planted: a factor too many";
}

/// E of p1^3, p1 p2, p3 and of p1^2, p2 (p_k = tr A^k) through A -> G A G^T, G Gaussian d x d: the
/// moments of a real Wishart matrix (Letac & Massam 2004).
struct Moments {
    double p11 = 0, p2 = 0, p111 = 0, p12 = 0, p3 = 0;
};
Moments layer(const Moments& m, double d) {
    return {d * d * m.p11 + 2 * d * m.p2, d * m.p11 + d * (d + 1) * m.p2,
            d * d * d * m.p111 + 6 * d * d * m.p12 + 8 * d * m.p3,
            d * d * m.p111 + (d * d * d + d * d + 4 * d) * m.p12 + 4 * d * (d + 1) * m.p3,
            d * m.p111 + 3 * d * (d + 1) * m.p12 + d * (d * d + 3 * d + 4) * m.p3};
}
Moments product(int factors, double d) {
    Moments m{d * d, d, d * d * d, d * d, d};  // of the identity
    for (int i = 0; i < factors; ++i)
        m = layer(m, d);
    return m;
}

/// r_k = ((tr M)^k / tr M^k)^(1/(k-1)), in [1, d], of each draw; r_2 is rank_lower_bound.
std::vector<double> participation(const Samples& spectrum, int k) {
    std::vector<double> all;
    for (std::int64_t b = 0; b < spectrum.draws; ++b) {
        double trace = 0;
        double power = 0;
        for (std::size_t q = 0;
             q < spectrum.values.size() / static_cast<std::size_t>(spectrum.draws); ++q) {
            const double lambda = spectrum.value(static_cast<std::int64_t>(q), b);
            trace += lambda;
            power += std::pow(lambda, k);
        }
        all.push_back(std::pow(std::pow(trace, k) / power, 1.0 / (k - 1)));
    }
    return all;
}

/// Is the mean of r the exact ratio of the moments at this d? E[T / S] differs from E T / E S by
/// -cov(T / S, S) / E S, at most sd(r) sd(S) / E S; sd(S) / E S is 2 sqrt(2 (1 + ... + factors)) /
/// d to leading order (each factor adds variance 2 / participation to ln tr M, and S goes as its
/// square), doubled here for what is not leading.
bool has_ratio(const std::vector<double>& r, double ratio, int factors, double d) {
    const double slack = deviation(r) * 4 * std::sqrt(factors * (factors + 1.0)) / d;
    return mean_not_refuted(r, 1, d, ratio - slack, ratio + slack, 1.0);
}

TEST(FussCatalan, RankLowerBoundOfShallowProducts) {
    constexpr std::int64_t d = 128;
    const Network network{.width = d, .batch = d, .depth = 3, .normalization = Normalization::none};
    const std::vector<std::int64_t> layers{0, 1, 2, 3};
    const std::array quantities{quantity(Metric::rank_lower_bound)};
    const auto samples = run(network, {}, 14, 5000, layers, quantities);
    for (int l = 0; l <= 3; ++l) {
        const auto r = row(samples[static_cast<std::size_t>(l)], 0);
        const Moments m = product(l + 1, d);
        const double ratio = m.p11 / m.p2;
        EXPECT_TRUE(has_ratio(r, ratio, l + 1, d)) << l << ": " << mean(r) << " against " << ratio;
        EXPECT_FALSE(has_ratio(times(1.01, r), ratio, l + 1, d)) << l << ", planted: 1 % up";
        EXPECT_FALSE(
            has_ratio(times(1.01, r), product(l + 2, d).p11 / product(l + 2, d).p2, l + 2, d))
            << l << ", planted: index shift";
        // d / (l + 2) is the limit: the exact ratio tends to it as 1 / d.
        const Moments wide = product(l + 1, 1e6);
        EXPECT_NEAR(wide.p11 / wide.p2 / 1e6, 1.0 / (l + 2), 1e-5);
        EXPECT_NEAR(ratio / d, 1.0 / (l + 2), 1.0 / d);
    }
}

TEST(FussCatalan, ThirdMomentOfShallowProducts) {
    constexpr std::int64_t d = 64;
    constexpr std::int64_t draws = 4000;
    const Network network{.width = d, .batch = d, .depth = 2, .normalization = Normalization::none};
    const std::vector<std::int64_t> layers{1, 2};
    const auto samples = run(network, {}, 15, draws, layers, values_of(Metric::spectrum, d));
    for (const int l : {1, 2}) {
        const auto r3 = participation(samples[static_cast<std::size_t>(l - 1)], 3);
        const Moments m = product(l + 1, d);
        const double ratio = std::sqrt(m.p111 / m.p3);
        EXPECT_TRUE(has_ratio(r3, ratio, l + 1, d))
            << l << ": " << mean(r3) << " against " << ratio;
        EXPECT_FALSE(has_ratio(times(1.03, r3), ratio, l + 1, d)) << l << ", planted: 3 % up";
        // The limit: Fuss-Catalan numbers with s factors, (s + 1)(3 s + 2) / 2 for k = 3.
        const Moments wide = product(l + 1, 1e5);
        const double s = l + 1;
        EXPECT_NEAR(wide.p3 * 1e10 / wide.p111, (s + 1) * (3 * s + 2) / 2, 1e-2);
    }
}

}  // namespace
}  // namespace rankchain::closed_forms

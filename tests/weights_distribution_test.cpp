// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The weights follow their laws. Every bound holds with probability at least 1 - 1e-9 for ideal
// random words, whatever the sample; every check is shown to fail under an error of 1 %.
#include "host/arith/weights.hpp"
#include "host/cpu/weights.hpp"
#include "host/cpu/weights_rows.hpp"
#include <rankchain/weights.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using arith::Scalar;

const double log_two_over_alpha = std::log(2.0 / 1e-9);

/// Dvoretzky-Kiefer-Wolfowitz with Massart's constant, for any law, discrete too.
double dkw(double n) {
    return std::sqrt(log_two_over_alpha / (2.0 * n));
}

/// Bernstein: n independent terms of variance v, none farther than m from its mean; their mean is
/// no farther than this from the mean.
double bernstein(double n, double v, double m) {
    const double b = m * log_two_over_alpha / 3.0;
    return (b + std::sqrt(b * b + 2.0 * n * v * log_two_over_alpha)) / n;
}

/// Hoeffding, terms in an interval of the given length.
double hoeffding(double n, double length) {
    return length * std::sqrt(log_two_over_alpha / (2.0 * n));
}

struct LawCase {
    Weights weights;
    std::function<double(double)> cdf;  ///< before the grid
    double largest;                     ///< |x| at most, on the grid
};

double normal_cdf(double x) {
    return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

// The longest radius is sqrt(2 ln 2^32) = 6.6604; a grid point is at most 1/2048 farther.
const double longest = 6.6604369 * (1.0 + 1.0 / 2048.0);
const double sqrt3 = std::numbers::sqrt3;

const std::vector<LawCase>& law_cases() {
    static const std::vector<LawCase> cases{
        {Weights::gaussian, normal_cdf, longest},
        {Weights::half_normal,
         [](double x) { return x <= 0 ? 0.0 : std::erf(x / std::numbers::sqrt2); }, longest},
        {Weights::uniform, [](double x) { return std::clamp((x / sqrt3 + 1.0) / 2.0, 0.0, 1.0); },
         sqrt3 * (1.0 + 1.0 / 2048.0)},
        {Weights::uniform_positive,
         [](double x) { return std::clamp(x / (2.0 * sqrt3), 0.0, 1.0); },
         2.0 * sqrt3 * (1.0 + 1.0 / 2048.0)},
    };
    return cases;
}

/// What the transform adds to a distribution function beyond the grid: its relative error, below
/// 8e-6 (TransformIsBoxMuller), times |x| density, at most 1/2 for each of these laws.
constexpr double transform_error = 4e-6;

/// How often each value of the tf32 grid came: sign, exponent and 10 bits make 2^19 values.
class Histogram {
  public:
    void add(std::span<const float> values) {
        for (const float x : values) {
            const std::uint32_t bits = Scalar::to_bits(x);
            off_grid_ += (bits & 0x1fffU) != 0;
            ++count_[bits >> 13];
        }
        n_ += static_cast<double>(values.size());
    }
    [[nodiscard]] double n() const { return n_; }
    [[nodiscard]] std::int64_t off_grid() const { return off_grid_; }

    /// f(value, upper edge of its cell, count) over all finite values in ascending order.
    template <class F>
    void each(F&& f) const {
        constexpr std::uint32_t sign = 1U << 18, infinity = 0xffU << 10;
        const auto edge = [](std::uint32_t k) {  // where rounding goes from k - 1 to k
            return double{Scalar::from_bits((k << 13) - 0x1000U)};
        };
        const auto value = [](std::uint32_t k) { return double{Scalar::from_bits(k << 13)}; };
        for (std::uint32_t k = infinity; k-- > 1;)
            f(-value(k), -edge(k), count_[sign + k]);
        f(0.0, edge(1), count_[0] + count_[sign]);
        for (std::uint32_t k = 1; k < infinity; ++k) {
            f(value(k), k + 1 < infinity ? edge(k + 1) : HUGE_VAL, count_[k]);
        }
    }

  private:
    std::vector<std::int64_t> count_ = std::vector<std::int64_t>(std::size_t{1} << 19);
    std::int64_t off_grid_ = 0;
    double n_ = 0;
};

/// What is wrong with a sample of a law; empty if nothing.
std::string faults(const Histogram& sample, const LawCase& law) {
    std::string found;
    if (sample.off_grid() != 0) found += " off the grid;";
    double distance = 0, below = 0, largest = 0, before = 0;
    double mean[5] = {}, expected[9] = {};
    sample.each([&](double value, double upper, std::int64_t count) {
        const double at = law.cdf(upper);
        below += static_cast<double>(count);
        distance = std::max(distance, std::fabs(below / sample.n() - at));
        double power = 1;
        for (int k = 1; k <= 8; ++k) {
            power *= value;
            expected[k] += power * (at - before);
            if (k <= 4) mean[k] += power * (static_cast<double>(count) / sample.n());
        }
        before = at;
        if (count != 0) largest = std::max(largest, std::fabs(value));
    });
    if (!(below == sample.n())) found += " values that are not finite;";
    if (!(largest <= law.largest)) found += " out of range;";
    if (!(distance <= dkw(sample.n()) + transform_error)) {
        found += " distribution off by " + std::to_string(distance) + ";";
    }
    for (std::ptrdiff_t k = 1; k <= 4; ++k) {
        const double variance = expected[2 * k] - expected[k] * expected[k];
        const double farthest = std::pow(law.largest, k) + std::fabs(expected[k]);
        const double slack = 8e-6 * static_cast<double>(k) *
                             std::sqrt(expected[2 * k]);  // the transform's own error
        const double bound = bernstein(sample.n(), variance, farthest) + slack;
        if (!(std::fabs(mean[k] - expected[k]) <= bound)) {
            found += " moment " + std::to_string(k) + " is " + std::to_string(mean[k]) + ", not " +
                     std::to_string(expected[k]) + ";";
        }
    }
    return found;
}

/// 2^23 weights over layers and draws, each passed through `change` and back to the grid.
template <class Change>
Histogram sample_of(Weights law, Change&& change) {
    constexpr std::int64_t side = 512, layers = 8, draws = 4;
    Histogram sample;
    std::vector<float> w(side * side);
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
        for (std::uint32_t layer = 1; layer <= layers; ++layer) {
            weights(law, 42, draw, layer, side, side, w);
            for (float& x : w)
                x = change(x);
            sample.add(w);
        }
    }
    return sample;
}

TEST(WeightsDistribution, EachLawHasItsDistributionAndMoments) {
    for (const LawCase& law : law_cases()) {
        EXPECT_EQ(faults(sample_of(law.weights, [](float x) { return x; }), law), "")
            << name(law.weights);
    }
}

TEST(WeightsDistribution, OnePercentOfScaleIsSeen) {
    for (const LawCase& law : law_cases()) {
        for (const float scale : {0.99F, 1.01F}) {
            const std::string found =
                faults(sample_of(law.weights,
                                 [=](float x) { return arith::tf32_grid<Scalar>(x * scale); }),
                       law);
            EXPECT_NE(found.find("distribution"), std::string::npos) << name(law.weights);
            EXPECT_NE(found.find("moment 2"), std::string::npos) << name(law.weights);
        }
        // A centre off by 0.01, for the odd moments; a value between grid points.
        EXPECT_NE(faults(sample_of(law.weights,
                                   [](float x) { return arith::tf32_grid<Scalar>(x + 0.01F); }),
                         law)
                      .find("moment 1"),
                  std::string::npos);
        EXPECT_NE(faults(sample_of(law.weights, [](float x) { return x * 1.0001F; }), law)
                      .find("off the grid"),
                  std::string::npos);
    }
}

// The transform against Box-Muller in float64 on the same words, before the grid, r the radius.
// The polynomials and roundings: 8e-6 r. Near u = 1, where float32 steps of u (half a step is
// 2^-25) move r^2 by 2^-24, hence r by at most min(2^-24 / r, 2^-12).
TEST(WeightsDistribution, TransformIsBoxMuller) {
    std::mt19937_64 words(7);
    double worst = 0, worst_relative = 0;
    for (int k = 0; k < (1 << 22); ++k) {
        const std::uint64_t both = words();
        auto a = static_cast<std::uint32_t>(both);
        const auto b = static_cast<std::uint32_t>(both >> 32);
        if (k % 4 == 1) a >>= k % 32;          // the tail
        if (k % 4 == 2) a |= ~0U << (k % 28);  // near u = 1
        float n0 = 0, n1 = 0;
        arith::normal_pair<Scalar>(a, b, n0, n1);
        const double u = (static_cast<double>(a >> 1) + 0.5) / 2147483648.0;
        const double r = std::sqrt(-2.0 * std::log(u));
        const double x = static_cast<double>(static_cast<std::int32_t>(b << 2)) *
                         (std::numbers::pi / 4.0 / 2147483648.0);
        const double c = (b >> 31) != 0 ? -r * std::cos(x) : r * std::cos(x);
        const double s = r * std::sin(x);
        const bool swapped = (b >> 30 & 1U) != 0;
        const double error = std::max(std::fabs(double{n0} - (swapped ? s : c)),
                                      std::fabs(double{n1} - (swapped ? c : s)));
        const double bound = 8e-6 * r + std::min(0x1p-24 / r, 0x1p-12);
        ASSERT_TRUE(error <= bound) << "words " << a << " " << b << ": error " << error;
        worst = std::max(worst, error);
        if (r > 0.2) worst_relative = std::max(worst_relative, error / r);
    }
    RecordProperty("worst_error", std::to_string(worst));
    RecordProperty("worst_relative_error", std::to_string(worst_relative));
}

TEST(WeightsDistribution, UniformIsSymmetricAndEndsAtItsRange) {
    const double end = 1.7324218750;  // the grid point nearest to sqrt 3
    EXPECT_EQ(double{arith::uniform<Scalar>(0x7fffffffU)}, end);
    EXPECT_EQ(double{arith::uniform<Scalar>(0x80000000U)}, -end);
    EXPECT_EQ(double{arith::uniform_positive<Scalar>(~0U)}, 2.0 * end);
    EXPECT_GT(arith::uniform_positive<Scalar>(0U), 0.0F);
    std::mt19937 words(8);
    for (int k = 0; k < 1'000'000; ++k) {
        const auto a = static_cast<std::uint32_t>(words());
        ASSERT_EQ(arith::uniform<Scalar>(~a), -arith::uniform<Scalar>(a));
    }
}

/// Mean of x y and of (x^2 - 1)(y^2 - 1) over disjoint pairs of independent N(0,1).
std::string correlation(std::span<const float> x, std::span<const float> y) {
    double product = 0, squares = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double a = x[k], b = y[k];
        product += a * b;
        squares += (a * a - 1.0) * (b * b - 1.0);
    }
    const auto n = static_cast<double>(x.size());
    const double range = longest * longest;
    // E x^2 is 1 to 1e-6 on the grid, which 2e-5 covers.
    std::string found;
    if (!(std::fabs(product / n) <= bernstein(n, 1.0, range) + 2e-5)) {
        found += " products: " + std::to_string(product / n);
    }
    if (!(std::fabs(squares / n) <= bernstein(n, 4.0, range * range) + 2e-5)) {
        found += " squares: " + std::to_string(squares / n);
    }
    return found;
}

TEST(WeightsDistribution, PlacesAreIndependent) {
    constexpr std::int64_t side = 2048;
    const auto make = [](std::uint64_t seed, std::uint64_t draw, std::uint32_t layer,
                         arith::Stream stream) {
        std::vector<float> w(side * side);
        cpu::fill_rows(arith::Law::gaussian, arith::matrix_run(seed, draw, layer, stream), side, 0,
                       side, w.data(), side);
        return w;
    };
    constexpr auto weights_stream = arith::Stream::weights;
    const auto base = make(1, 1, 1, weights_stream);
    const std::uint64_t two32 = std::uint64_t{1} << 32;
    EXPECT_EQ(correlation(base, make(1, 1, 2, weights_stream)), "") << "layers";
    EXPECT_EQ(correlation(base, make(1, 2, 1, weights_stream)), "") << "draws";
    EXPECT_EQ(correlation(base, make(1, 1 + two32, 1, weights_stream)), "") << "draws, high word";
    EXPECT_EQ(correlation(base, make(2, 1, 1, weights_stream)), "") << "seeds";
    EXPECT_EQ(correlation(base, make(1 + two32, 1, 1, weights_stream)), "") << "seeds, high word";
    EXPECT_EQ(correlation(base, make(1, 1, 1, arith::Stream::input)), "") << "streams";

    // Disjoint pairs within one matrix: element k of every 2 * lag against k + lag.
    for (const std::int64_t lag : {std::int64_t{1}, std::int64_t{2}, std::int64_t{4}, side}) {
        std::vector<float> x, y;
        for (std::int64_t k = 0; k < side * side; ++k) {
            (k / lag % 2 == 0 ? x : y).push_back(base[static_cast<std::size_t>(k)]);
        }
        EXPECT_EQ(correlation(x, y), "") << "lag " << lag;
    }

    // One percent of correlation is seen.
    auto mixed = make(1, 1, 2, weights_stream);
    for (std::size_t k = 0; k < mixed.size(); ++k)
        mixed[k] += 0.01F * base[k];
    EXPECT_NE(correlation(base, mixed).find("products"), std::string::npos);
    auto shared_radius = make(1, 1, 2, weights_stream);
    for (std::size_t k = 0; k < shared_radius.size(); ++k) {
        shared_radius[k] *= 1.0F + 0.01F * (base[k] * base[k] - 1.0F);
    }
    EXPECT_NE(correlation(base, shared_radius).find("squares"), std::string::npos);
}

/// What is wrong with signs in rows of `cols`; the union bound over all checks adds ln(checks).
std::string sign_faults(std::span<const float> w) {
    constexpr std::size_t period = 128;
    double sum = 0, neighbours = 0;
    std::vector<double> by_bit(period);
    for (std::size_t k = 0; k < w.size(); ++k) {
        if (w[k] != 1.0F && w[k] != -1.0F) return "not a sign";
        const double x = w[k];
        sum += x;
        by_bit[k % period] += x;
        if (k % 2 == 1) neighbours += x * double{w[k - 1]};
    }
    const auto n = static_cast<double>(w.size());
    std::string found;
    if (!(std::fabs(sum / n) <= hoeffding(n, 2.0))) found += " mean " + std::to_string(sum / n);
    if (!(std::fabs(neighbours / (n / 2)) <= hoeffding(n / 2, 2.0))) found += " neighbours";
    const double each = n / period;
    const double bound =
        2.0 * std::sqrt((log_two_over_alpha + std::log(double{period})) / (2.0 * each));
    for (const double s : by_bit) {
        if (!(std::fabs(s / each) <= bound)) found += " one bit " + std::to_string(s / each);
    }
    return found;
}

TEST(WeightsDistribution, RademacherSignsAreFairBits) {
    constexpr std::int64_t rows = 65536, cols = 128;
    std::vector<float> w(rows * cols);
    weights(Weights::rademacher, 42, 0, 1, rows, cols, w);
    EXPECT_EQ(sign_faults(w), "");
    auto biased = w;  // one in a hundred is +1 whatever its bit
    for (std::size_t k = 0; k < biased.size(); k += 100)
        biased[k] = 1.0F;
    EXPECT_NE(sign_faults(biased).find("mean"), std::string::npos);
    auto scaled = w;
    for (float& x : scaled)
        x *= 1.01F;
    EXPECT_EQ(sign_faults(scaled), "not a sign");
}

/// Moments of Haar matrices times sqrt d that Q's diagonal tells, over independent draws:
/// E q_11 = 0, E (tr Q / sqrt d) = 0, E q_11^2 = 1, E q_11^4 = 3 d / (d + 2), E (tr Q / sqrt d)^2
/// = 1. |q_11| <= sqrt d and |tr Q / sqrt d| <= d bound every term.
std::string haar_faults(std::span<const std::vector<float>> draws, std::int64_t d) {
    double first = 0, second = 0, fourth = 0, trace_mean = 0, trace_square = 0;
    const double root = std::sqrt(static_cast<double>(d)), size = static_cast<double>(d);
    for (const auto& q : draws) {
        const double corner = q[0];
        double trace = 0;
        for (std::int64_t i = 0; i < d; ++i)
            trace += q[static_cast<std::size_t>(i * d + i)] / root;
        first += corner;
        second += corner * corner;
        fourth += corner * corner * corner * corner;
        trace_mean += trace;
        trace_square += trace * trace;
    }
    const auto n = static_cast<double>(draws.size());
    const double m4 = 3.0 * size / (size + 2.0);
    const double m8 = 105.0 * std::pow(size, 3) / ((size + 2.0) * (size + 4.0) * (size + 6.0));
    std::string found;
    const auto check = [&](const char* what, double mean, double expected, double v, double m) {
        // 1e-5: Gaussian matrices on the tf32 grid and float32 rounding.
        if (!(std::fabs(mean / n - expected) <= bernstein(n, v, m) + 1e-5)) {
            found += std::string(" ") + what + " " + std::to_string(mean / n);
        }
    };
    check("corner", first, 0.0, 1.0, root);
    check("corner^2", second, 1.0, m4 - 1.0, size);
    check("corner^4", fourth, m4, m8 - m4 * m4, size * size);
    check("trace", trace_mean, 0.0, 1.0, size);
    check("trace^2", trace_square, 1.0, 2.0, size * size);  // E tr^4 = 3 for d >= 4
    return found;
}

TEST(WeightsDistribution, OrthogonalIsHaar) {
    constexpr std::int64_t d = 4, n = 100'000;
    std::vector<std::vector<float>> draws(n, std::vector<float>(d * d));
    for (std::size_t k = 0; k < draws.size(); ++k) {
        weights(Weights::orthogonal, 9, k, 1, d, d, draws[k]);
    }
    EXPECT_EQ(haar_faults(draws, d), "");
    auto scaled = draws;
    for (auto& q : scaled) {
        for (float& x : q)
            x *= 1.01F;
    }
    EXPECT_NE(haar_faults(scaled, d).find("corner^2"), std::string::npos);
    // The signs LAPACK leaves: the first reflection makes R's corner the opposite of the sign of
    // the column's first entry, so that Q's corner is never positive.
    auto unsigned_columns = draws;
    for (auto& q : unsigned_columns) {
        if (q[0] > 0) {
            for (std::size_t i = 0; i < d; ++i)
                q[i * d] = -q[i * d];
        }
    }
    EXPECT_NE(haar_faults(unsigned_columns, d).find("corner "), std::string::npos);
}

}  // namespace
}  // namespace rankchain

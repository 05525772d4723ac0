// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One layer against the oracle, and what the formulas say it must not change.
#include "host/ops.hpp"
#include "tests/oracle_rows.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/highway.h>

namespace rankchain {
namespace {

template <class T>
constexpr long double roundoff = std::numeric_limits<T>::epsilon() / 2;

using oracle::normal_input;

template <class T>
struct OneLayer {
    std::vector<T> h;
    DrawStatus status;
};

template <class T>
OneLayer<T> run_layer(const Network& network, const std::vector<float>& w, const std::vector<T>& h,
                      std::int64_t rows, std::int64_t k, std::int64_t cols) {
    OneLayer<T> out;
    out.h.resize(static_cast<std::size_t>(rows * cols));
    make_ops({Device::Kind::cpu, 0, 1})
        ->layer(network, {w.data(), 1, rows, k}, BatchView<const T>{h.data(), 1, k, cols},
                BatchView<T>{out.h.data(), 1, rows, cols}, {&out.status, 1});
    return out;
}

template <class T>
void agree_with_oracle(int cases, std::uint64_t seed, long double goal) {
    constexpr std::array<std::int64_t, 19> sizes{1,  2,  3,  4,  5,  7,  8,  9,  15, 16,
                                                 17, 24, 31, 32, 33, 48, 63, 64, 65};
    std::mt19937_64 random(seed);
    const auto pick = [&random](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
    };
    oracle::Rows rows(goal, roundoff<T>);
    for (int c = 0; c < cases; ++c) {
        Network network;
        // Every combination in turn: norm, activation, order, residual, square or not.
        network.normalization = static_cast<Normalization>(c % 6);
        network.activation = static_cast<Activation>(c / 6 % 7);
        network.order = static_cast<Order>(c / 42 % 2);
        if (c / 84 % 2 == 0) network.gamma = pick(2) == 0 ? 0.5 : -0.01;
        const bool square = c / 168 % 2 == 0;
        const std::size_t scale = pick(4);
        if (scale == 1) network.scale.number = 0.37;
        if (scale == 2) network.scale.kind = Scale::Kind::fan_in;
        if (scale == 3) network.scale.kind = Scale::Kind::he;
        if (pick(3) == 0) network.eps = 1e-3;
        const std::int64_t d = c % 200 == 0 ? 100 : sizes[pick(sizes.size())];
        const std::int64_t k = square ? d : sizes[pick(sizes.size())];
        std::int64_t n = c % 333 == 0 ? 130 : sizes[pick(sizes.size())];
        if (n == 1) n = 2;
        network.width = d;
        network.batch = n;

        const std::vector<float> w = normal_input<float>(random, d * k);
        const std::vector<T> h = normal_input<T>(random, k * n);
        const auto got = run_layer<T>(network, w, h, d, k, n);
        const oracle::Layer want = oracle::layer(network, w, h, d, k, n, roundoff<T>);
        const std::string label =
            "case " + std::to_string(c) + ": " + std::string(name(network.normalization)) + " " +
            std::string(name(network.activation)) + " " + std::string(name(network.order)) + " d " +
            std::to_string(d) + " k " + std::to_string(k) + " N " + std::to_string(n);
        ASSERT_EQ(got.status.failed_layer, -1) << label;
        if (want.ill_conditioned == 0) {
            ASSERT_EQ(got.status.degenerate_rows, want.degenerate) << label;
        }
        ASSERT_NO_FATAL_FAILURE(rows.compare(got.h, want.h, k, label));
    }
    // The bound must neither be hopelessly wide nor leave most rows out.
    EXPECT_GT(rows.worst_share(), 0.01L);
    EXPECT_GT(static_cast<double>(rows.good()), 0.5 * static_cast<double>(rows.checked()));
    testing::Test::RecordProperty("rows", std::to_string(rows.checked()));
    testing::Test::RecordProperty("rows_of_good_condition", std::to_string(rows.good()));
}

TEST(Layer, Float32AgreesWithTheOracle) {
    agree_with_oracle<float>(10000, 1, 1e-5L);
}
TEST(Layer, Float64AgreesWithTheOracle) {
    agree_with_oracle<double>(10000, 2, 1e-13L);
}

// While one of these lives, only this instruction set and the one compiled for are there.
class OnlyTarget {
  public:
    explicit OnlyTarget(std::int64_t target) { set(target | HWY_STATIC_TARGET); }
    ~OnlyTarget() { set(0); }
    OnlyTarget(const OnlyTarget&) = delete;
    OnlyTarget& operator=(const OnlyTarget&) = delete;

  private:
    static void set(std::int64_t targets) {
        hwy::SetSupportedTargetsForTest(targets);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    }
};

TEST(Layer, EveryInstructionSetAgreesWithTheOracle) {
    std::set<std::string> seen;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        const OnlyTarget only(target);
        seen.insert(make_ops({})->info().arithmetic);
        agree_with_oracle<float>(2000, 3, 1e-5L);
        agree_with_oracle<double>(2000, 4, 1e-13L);
    }
    EXPECT_EQ(seen.size(), hwy::SupportedAndGeneratedTargets().size());
}

// Lanes are independent or summed in one tree: what fuses multiply and add gives the same bits.
TEST(Layer, VectorWidthChangesNoBit) {
    constexpr std::int64_t fused = HWY_AVX2 | HWY_AVX3;
    std::mt19937_64 random(8);
    const std::int64_t d = 37;
    const std::int64_t n = 77;
    const auto w = normal_input<float>(random, d * d);
    const auto h = normal_input<float>(random, d * n);
    for (int norm = 0; norm < 6; ++norm) {
        for (int act = 0; act < 7; ++act) {
            const Network network{.normalization = static_cast<Normalization>(norm),
                                  .activation = static_cast<Activation>(act)};
            std::vector<std::vector<float>> results;
            for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
                if ((target & fused) == 0) continue;
                const OnlyTarget only(target);
                results.push_back(run_layer(network, w, h, d, d, n).h);
            }
            for (const auto& result : results) {
                ASSERT_EQ(result, results[0])
                    << name(network.normalization) << " " << name(network.activation);
            }
        }
    }
}

// Beyond the range of the vector sine, and at multiples of pi, where its argument cancels.
TEST(Layer, SineHoldsForLargeArguments) {
    const Network network{.normalization = Normalization::none,
                          .activation = Activation::sin,
                          .order = Order::act_norm};
    std::vector<double> h;
    for (int k = 1; k < 40; ++k)
        h.push_back(k * 3.14159265358979323846);
    for (int k = 1; k < 40; ++k)
        h.push_back(std::ldexp(1.1, k));
    const auto size = static_cast<std::int64_t>(h.size());
    const auto got = run_layer<double>(network, {1.0F}, h, 1, 1, size);
    long double squares = 0;
    for (const double x : h)
        squares += std::pow(std::sin(static_cast<long double>(x)), 2);
    const long double factor = std::sqrt(static_cast<long double>(size) / squares);
    for (std::size_t k = 0; k < h.size(); ++k) {
        const long double want = factor * std::sin(static_cast<long double>(h[k]));
        EXPECT_TRUE(std::fabs(got.h[k] - want) <= 0x1p-50L * std::fabs(want)) << h[k];
    }
}

template <class T>
class LayerOf : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(LayerOf, Precisions);

// eps = 0: every step of a normalised row is multiplied by a power of two exactly.
TYPED_TEST(LayerOf, ScalingRowsOfWByPowersOfTwoChangesNoBit) {
    std::mt19937_64 random(3);
    for (const std::int64_t n : {2, 3, 17, 32, 64, 65, 100}) {
        for (const auto norm : {Normalization::batch, Normalization::batch_scale}) {
            const std::int64_t d = 13;
            std::vector<float> w = normal_input<float>(random, d * d);
            const auto h = normal_input<TypeParam>(random, d * n);
            const Network network{.normalization = norm, .activation = Activation::tanh};
            const auto before = run_layer(network, w, h, d, d, n);
            for (std::int64_t i = 0; i < d; ++i) {
                for (std::int64_t k = 0; k < d; ++k) {
                    float& x = w[static_cast<std::size_t>(i * d + k)];
                    x = std::ldexp(x, static_cast<int>(i) - 6);
                }
            }
            EXPECT_EQ(run_layer(network, w, h, d, d, n).h, before.h);
        }
    }
}

// Sums over a row change their order with its columns, everything else moves with them.
TYPED_TEST(LayerOf, PermutingColumnsPermutesTheOutput) {
    std::mt19937_64 random(4);
    const std::int64_t d = 19;
    for (const std::int64_t n : {3, 16, 33, 70}) {
        std::vector<std::int64_t> order(static_cast<std::size_t>(n));
        for (std::int64_t j = 0; j < n; ++j)
            order[static_cast<std::size_t>(j)] = j;
        std::shuffle(order.begin(), order.end(), random);
        const auto w = normal_input<float>(random, d * d);
        const auto h = normal_input<TypeParam>(random, d * n);
        auto moved = h;
        const auto at = [n](std::int64_t i, std::int64_t j) {
            return static_cast<std::size_t>(i * n + j);
        };
        for (std::int64_t i = 0; i < d; ++i) {
            for (std::int64_t j = 0; j < n; ++j) {
                moved[at(i, j)] = h[at(i, order[static_cast<std::size_t>(j)])];
            }
        }
        for (const auto norm :
             {Normalization::batch, Normalization::batch_center, Normalization::batch_scale,
              Normalization::layer, Normalization::rms, Normalization::none}) {
            const Network network{.normalization = norm, .activation = Activation::relu};
            const auto before = run_layer(network, w, h, d, d, n);
            const auto after = run_layer(network, w, moved, d, d, n);
            const auto want = oracle::layer(network, w, h, d, d, n, roundoff<TypeParam>);
            const bool exact = norm == Normalization::layer || norm == Normalization::rms;
            for (std::int64_t i = 0; i < d; ++i) {
                for (std::int64_t j = 0; j < n; ++j) {
                    const std::size_t from = at(i, order[static_cast<std::size_t>(j)]);
                    const long double gap =
                        std::fabs(static_cast<long double>(after.h[at(i, j)]) - before.h[from]);
                    ASSERT_TRUE(gap <= (exact ? 0 : 2 * want.h.error[from]))
                        << name(norm) << " " << gap;
                }
            }
        }
    }
}

// (a, b) less its mean is (x, -x) but for one rounding of the mean, and x / sqrt(x^2) is 1 but for
// those of the square root's reciprocal and the product.
TYPED_TEST(LayerOf, TwoSamplesBecomeOneAndMinusOne) {
    std::mt19937_64 random(5);
    const std::int64_t d = 50;
    const auto w = normal_input<float>(random, d * d);
    const auto h = normal_input<TypeParam>(random, d * 2);
    const auto want = oracle::layer(Network{}, w, h, d, d, 2, roundoff<TypeParam>);
    const auto got = run_layer(Network{}, w, h, d, d, 2);
    for (std::size_t k = 0; k < got.h.size(); ++k) {
        EXPECT_TRUE(std::fabs(std::fabs(static_cast<long double>(got.h[k])) - 1) <=
                    want.h.error[k]);
        EXPECT_EQ(std::signbit(got.h[k]), std::signbit(want.h.value[k]));
    }
}

TYPED_TEST(LayerOf, NothingToDivideByBecomesZerosAndIsCounted) {
    const std::int64_t n = 37;
    // Row 0 of Z is the constant 0.1 + 0.2 + ..., no sum of which is exact; row 1 is not constant.
    std::vector<TypeParam> h(static_cast<std::size_t>(2 * n), TypeParam(0.1));
    for (std::int64_t j = 0; j < n; ++j) {
        h[static_cast<std::size_t>(n + j)] = static_cast<TypeParam>(j);
    }
    const std::vector<float> w{0.3F, 0.0F, 1.0F, 1.0F};
    const Network batch{.normalization = Normalization::batch};
    const auto got = run_layer(batch, w, h, 2, 2, n);
    EXPECT_EQ(got.status.degenerate_rows, 1);
    EXPECT_EQ(got.status.failed_layer, -1);
    for (std::int64_t j = 0; j < n; ++j)
        EXPECT_EQ(got.h[static_cast<std::size_t>(j)], 0);
    EXPECT_NE(got.h[static_cast<std::size_t>(n)], 0);

    // With eps there is something to divide by.
    EXPECT_EQ(run_layer(Network{.eps = 1e-5}, w, h, 2, 2, n).status.degenerate_rows, 0);
    // All of Z zero: one whole, or every column.
    const std::vector<float> zero(4, 0.0F);
    const auto count = [&](Normalization norm) {
        const auto result = run_layer(Network{.normalization = norm}, zero, h, 2, 2, n);
        for (const TypeParam x : result.h)
            EXPECT_EQ(x, 0);
        return result.status.degenerate_rows;
    };
    EXPECT_EQ(count(Normalization::none), 1);
    EXPECT_EQ(count(Normalization::rms), n);
    EXPECT_EQ(count(Normalization::layer), n);
    EXPECT_EQ(count(Normalization::batch_scale), 2);
    EXPECT_EQ(count(Normalization::batch), 2);
    EXPECT_EQ(count(Normalization::batch_center), 0);
}

// Squares of these numbers leave the range of the type; the normalised lines must not notice, and
// powers of two in the scale change nothing that the bound could see.
TYPED_TEST(LayerOf, ExtremeScalesAreNormalisedAsAnyOther) {
    std::mt19937_64 random(6);
    // Squares that vanish, squares that lose their last digits, squares that overflow.
    const std::vector<int> exponents = std::is_same_v<TypeParam, float>
                                           ? std::vector{-100, -74, -72, -70, -68, 62, 100}
                                           : std::vector{-900, -535, -530, -525, -520, 510, 900};
    const std::int64_t d = 17;
    const std::int64_t n = 21;
    const auto w = normal_input<float>(random, d * d);
    const auto h = normal_input<TypeParam>(random, d * n);
    for (const auto norm : {Normalization::batch, Normalization::batch_scale, Normalization::layer,
                            Normalization::rms, Normalization::none}) {
        const Network usual{.normalization = norm};
        const auto want = oracle::layer(usual, w, h, d, d, n, roundoff<TypeParam>);
        for (const int exponent : exponents) {
            Network network = usual;
            network.scale.number = std::ldexp(1.0, exponent);
            const auto got = run_layer(network, w, h, d, d, n);
            ASSERT_EQ(got.status.failed_layer, -1);
            ASSERT_EQ(got.status.degenerate_rows, 0);
            for (std::size_t k = 0; k < got.h.size(); ++k) {
                ASSERT_TRUE(std::fabs(got.h[k] - want.h.value[k]) <= want.h.error[k])
                    << name(norm) << " 2^" << exponent;
            }
        }
    }
}

TYPED_TEST(LayerOf, ADrawThatIsNotFiniteStopsAloneAndIsNamed) {
    std::mt19937_64 random(7);
    const std::int64_t d = 9;
    const std::int64_t n = 12;
    const auto one_w = normal_input<float>(random, d * d);
    const auto one_h = normal_input<TypeParam>(random, d * n);
    for (int norm = 0; norm < 6; ++norm) {
        for (int act = 0; act < 7; ++act) {
            for (const auto order : {Order::norm_act, Order::act_norm}) {
                for (const TypeParam bad : {std::numeric_limits<TypeParam>::quiet_NaN(),
                                            std::numeric_limits<TypeParam>::infinity()}) {
                    const Network network{.normalization = static_cast<Normalization>(norm),
                                          .activation = static_cast<Activation>(act),
                                          .order = order};
                    std::vector<float> w;
                    std::vector<TypeParam> h;
                    for (int b = 0; b < 3; ++b) {
                        w.insert(w.end(), one_w.begin(), one_w.end());
                        h.insert(h.end(), one_h.begin(), one_h.end());
                    }
                    h[static_cast<std::size_t>(d * n + 5)] = bad;
                    std::vector<TypeParam> out(h.size());
                    std::vector<DrawStatus> status(3);
                    make_ops({Device::Kind::cpu, 0, norm == act ? 2 : 1})
                        ->layer(network, {w.data(), 3, d, d},
                                BatchView<const TypeParam>{h.data(), 3, d, n},
                                BatchView<TypeParam>{out.data(), 3, d, n}, status);
                    EXPECT_EQ(status[0].failed_layer, -1);
                    EXPECT_EQ(status[1].failed_layer, 1) << name(network.normalization) << " "
                                                         << name(network.activation) << " " << bad;
                    EXPECT_EQ(status[2].failed_layer, -1);
                    const auto alone = run_layer(network, one_w, one_h, d, d, n);
                    EXPECT_TRUE(std::equal(alone.h.begin(), alone.h.end(), out.begin()));
                    EXPECT_TRUE(
                        std::equal(alone.h.begin(), alone.h.end(), out.begin() + 2 * d * n));
                }
            }
        }
    }
}

TEST(Layer, WrongShapesAreRefusedWithBoth) {
    const std::vector<float> w(6);
    const std::vector<float> h(8);
    std::vector<float> out(6);
    DrawStatus status;
    try {
        make_ops({})->layer(Network{}, {w.data(), 1, 3, 2},
                            BatchView<const float>{h.data(), 1, 4, 2},
                            BatchView<float>{out.data(), 1, 3, 2}, {&status, 1});
        FAIL();
    } catch (const InvalidArgument& error) {
        EXPECT_NE(std::string(error.what()).find("w [1, 3, 2] and h [1, 4, 2]"), std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace rankchain

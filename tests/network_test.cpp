// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/refusal.hpp"
#include <rankchain/error.hpp>
#include <rankchain/metrics.hpp>
#include <rankchain/network.hpp>

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

std::string refusal(const Network& network, const Input& input = {}) {
    return rankchain::refusal([&] { validate(network, input); });
}

TEST(Network, DefaultIsValid) {
    EXPECT_EQ(refusal({}), "");
}

TEST(Network, OneSampleMinusItsMeanIsRefused) {
    EXPECT_NE(refusal({.batch = 1}).find("batch must be at least 2"), std::string::npos);
    EXPECT_EQ(refusal({.batch = 1, .normalization = Normalization::batch_scale}), "");
}

TEST(Network, RefusesEachBadFieldByName) {
    EXPECT_EQ(refusal({.width = 0}).rfind("width is 0", 0), 0U);
    EXPECT_EQ(refusal({.width = std::int64_t{1} << 17}).rfind("width", 0), 0U);
    EXPECT_EQ(refusal({.depth = -1}).rfind("depth is -1", 0), 0U);
    EXPECT_EQ(refusal({.eps = -1.0}).rfind("eps is -1", 0), 0U);
    EXPECT_EQ(refusal({.eps = std::nan("")}).rfind("eps", 0), 0U);
    EXPECT_EQ(refusal({.gamma = std::nan("")}).rfind("gamma", 0), 0U);
    EXPECT_EQ(refusal({.scale = {Scale::Kind::number, 0.0}}).rfind("scale", 0), 0U);
}

TEST(Network, AGeneratedInputHasACounterForEachNumber) {
    EXPECT_EQ(refusal({.width = 8192, .batch = std::int64_t{1} << 21}), "");
    EXPECT_EQ(refusal({.width = 8192, .batch = (std::int64_t{1} << 21) + 1}).rfind("batch", 0), 0U);
}

TEST(Network, OrthogonalNeedsSquareLayers) {
    Input input{Input::Kind::given, 3, std::make_shared<std::vector<double>>(6, 1.0)};
    const Network network{.width = 2, .batch = 2, .weights = Weights::orthogonal};
    EXPECT_EQ(refusal(network, input).rfind("weights", 0), 0U);
}

TEST(Network, GivenInputNamesTheFirstValueThatIsNotFinite) {
    auto values = std::make_shared<std::vector<double>>(6, 1.0);
    (*values)[4] = std::numeric_limits<double>::quiet_NaN();
    const Input input{Input::Kind::given, 3, values};
    EXPECT_NE(refusal({.width = 2, .batch = 2}, input).find("row 2, column 0"), std::string::npos);
}

TEST(Network, UnknownNameOffersTheNearest) {
    try {
        (void)parse_activation("rleu");
        FAIL();
    } catch (const InvalidArgument& error) {
        EXPECT_NE(std::string(error.what()).find("did you mean \"relu\"?"), std::string::npos)
            << error.what();
    }
}

TEST(Error, KnowsWhereItWasThrown) {
    const InvalidArgument error("x");
    EXPECT_NE(std::string(error.where().file).find("network_test.cpp"), std::string::npos);
    EXPECT_EQ(error.where().line, __LINE__ - 2);
}

TEST(Metrics, ExpandPutsSoftRanksFirstAndListsASpectrum) {
    const std::vector<double> taus{0.1, 0.5};
    const std::vector<Metric> metrics{Metric::spectrum, Metric::stable_rank};
    const auto quantities = expand({.width = 3, .batch = 5}, taus, metrics);
    ASSERT_EQ(quantities.size(), 6U);
    EXPECT_EQ(quantities[1].tau, 0.5);
    EXPECT_EQ(quantities[4].label(), "lambda_3");
    EXPECT_EQ(quantities[5].label(), "stable_rank");
}

TEST(Metrics, ExpandRefusesBadTauAndUndefinedLyapunov) {
    EXPECT_THROW((void)expand({}, std::vector{-0.1}, {}), InvalidArgument);
    EXPECT_THROW((void)expand({}, std::vector{std::nan("")}, {}), InvalidArgument);
    EXPECT_THROW((void)expand({}, {}, std::vector{Metric::lyapunov}), InvalidArgument);
    EXPECT_THROW((void)expand({}, {}, {}), InvalidArgument);
}

}  // namespace
}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The spectral stage from its own source, kernels and library calls (spectral_*checks.hpp), and
// what only the shim can show: failures by order, memory to the byte.
#include "kernels/backend/spectrum.hpp"
#include "kernels/shared_memory.cuh"
#include "kernels/tridiagonal.cuh"
#include "tests/simt/spectral_checks.hpp"
#include "tests/simt/spectral_rank_checks.hpp"
#include "tests/simt/spectral_value_checks.hpp"

namespace rankchain::cuda {

SIMT_DYNAMIC_SHARED(dynamic_shared, 256 << 10);

namespace spectral_checks {
namespace {

#ifndef RANKCHAIN_SIMT_RACE  // what follows launches the same kernels, as far as it launches any

/// The library's routine of each shape, the call that gives its values, and the request.
struct Route {
    MatrixShape shape;
    const char* call;
    bool counts;  ///< on eigenvalues, as they are beyond panels_limit

    [[nodiscard]] SpectrumMethod method() const {
        return counts ? SpectrumMethod::eigen : SpectrumMethod::svd;
    }
};
const Route routes[] = {
    {{10, 12}, "cusolverDnDgesvdjBatched", false}, {{10, 50}, "cusolverDnDgesvdjBatched", false},
    {{40, 40}, "cusolverDnXsyevBatched", false},   {{50, 40}, "cusolverDnXsyevBatched", false},
    {{10, 50}, "cusolverDnXsyevBatched", true},    {{40, 50}, "cusolverDnXsyevBatched", true}};

std::vector<Quantity> request(const Route& route, std::int64_t n) {
    return route.counts ? count_quantities : all_quantities(n);
}

TEST_F(SpectrumStage, WhatDoesNotConvergeIsDoneAgainOnTheHostAndFlagged) {
    auto random = oracle::generator(9);
    Context context(0);
    for (const Route& route : routes) {
        SpectralCase<double> c{.shape = route.shape};
        for (int b = 0; b < 5; ++b)
            c.add(oracle::gaussian(route.shape.rows, route.shape.cols, random).values);
        const auto quantities = request(route, c.n());
        const Samples plain =
            by_stage(context, c, quantities, 0, host_singular_values, route.method());
        simt::libraries().faults = {{route.call, 0, 0, 2, 3}};
        const Samples samples =
            by_stage(context, c, quantities, 0, host_singular_values, route.method());
        expect_agreement(c, quantities, samples, "info > 0");
        for (std::size_t q = 0; q < quantities.size(); ++q) {
            for (std::size_t b = 0; b < 5; ++b) {
                const std::size_t at = q * 5 + b;
                const bool concerned = b == 2 && is_spectral(quantities[q]);
                EXPECT_EQ(samples.resolved[at], concerned ? 1 : plain.resolved[at]);
                EXPECT_TRUE(concerned || samples.values[at] == plain.values[at]);
            }
        }
    }
}

TEST_F(SpectrumStage, WhereBothSolversFailTheSpectrumHasFailed) {
    auto random = oracle::generator(10);
    Context context(0);
    std::int64_t asked = 0;
    const SecondSolver fails = [&asked](BatchView<const double> h) {
        asked += h.draws;
        return Spectrum{h.draws,
                        std::min(h.rows, h.cols),
                        {},
                        std::vector<int>(static_cast<std::size_t>(h.draws), 2)};
    };
    for (const Route& route : routes) {
        SpectralCase<float> c{.shape = route.shape};
        for (int b = 0; b < 3; ++b)
            c.add(oracle::gaussian(route.shape.rows, route.shape.cols, random).values);
        const auto quantities = request(route, c.n());
        simt::libraries().faults = {{route.call, 0, 0, 1, 3}};
        asked = 0;
        const Samples samples = by_stage(context, c, quantities, 0, fails, route.method());
        EXPECT_EQ(asked, 1);
        const Samples host = by_cpu(c, quantities);
        for (std::size_t b = 0; b < 3; ++b) {
            EXPECT_EQ(samples.status[b].spectrum_failed, b == 1);
            for (std::size_t q = 0; q < quantities.size(); ++q) {
                const double value = samples.values[q * 3 + b];
                if (b == 1 && is_spectral(quantities[q])) {
                    EXPECT_TRUE(std::isnan(value)) << quantities[q].label();
                } else {
                    EXPECT_EQ(std::isnan(value), std::isnan(host.values[q * 3 + b]));
                }
            }
        }
    }
}

TEST_F(SpectrumStage, ASecondRoutineThatFailsLeavesItToTheHost) {
    Context context(0);
    SpectralCase<double> c{.shape = {40, 40}};
    std::vector<double> identity(1600);
    for (std::size_t i = 0; i < 40; ++i)
        identity[41 * i] = 1;
    c.add(identity);
    c.add(identity);
    for (const auto method : {SpectrumMethod::automatic, SpectrumMethod::eigen}) {
        // Under eigen the first call is of the Gram matrices; the next is of the tied draws.
        const int call = method == SpectrumMethod::eigen ? 1 : 0;
        simt::libraries().faults = {{"cusolverDnXsyevBatched", call, 0, 1, 1}};
        const Samples samples = by_stage(context, c, {soft_rank(1.0 / 40), of(Metric::stable_rank)},
                                         0, host_singular_values, method);
        EXPECT_EQ(samples.values, (std::vector<double>{40, 40, 40, 40}));
        EXPECT_EQ(samples.resolved, (std::vector<std::uint8_t>{1, 1, 0, 1}));
    }
}

// 1.01 u (k tr(G) + 32 n^2 ||G||_F + 8 x) about an eigenvalue k of n = 1.
TEST_F(SpectrumStage, EigenvaluesDecideBeyondTheProvedError) {
    Context context(0);
    for (const std::int64_t k : {1, 400}) {
        SpectralCase<double> c{.shape = {1, k}};
        c.add(std::vector<double>(static_cast<std::size_t>(k), 1.0));
        const double e = 1.01 * 0x1p-53 * (static_cast<double>(k) + 32 + 8);
        std::vector<Quantity> quantities;
        for (const double part : {-1.1, -0.9, 0.0, 0.9, 1.1})
            quantities.push_back(soft_rank(1 + part * e));
        const Samples samples =
            by_stage(context, c, quantities, 0, host_singular_values, SpectrumMethod::eigen);
        EXPECT_EQ(samples.resolved, (std::vector<std::uint8_t>{0, 1, 1, 1, 0})) << k;
        EXPECT_EQ(samples.values[0], 1);
        EXPECT_EQ(samples.values[4], 0);
    }
}

// sigma_d lies between max(d, d) eps and max(d, N) eps.
TEST_F(SpectrumStage, NumericalRanksOfACompressedChainAreOfAllItsColumns) {
    auto random = oracle::generator(15);
    Context context(0);
    SpectralCase<float> c{.shape = {5, 5}, .batch = 500};
    c.add(oracle::with_spectrum(5, 5, {1.0, 0.5, 0.3, 0.2, 1e-5}, random).values);
    const std::vector<Quantity> quantities{of(Metric::numerical_rank)};
    const Samples samples = by_stage(context, c, quantities);
    EXPECT_EQ(samples.values[0], 4);
    EXPECT_EQ(samples.resolved[0], 0);
    EXPECT_EQ(by_cpu(c, quantities).values[0], 4);
}

// More of them than go through a routine, or to the host, at once.
TEST_F(SpectrumStage, ManyThatDoNotConvergeAreAllDoneAgain) {
    auto random = oracle::generator(14);
    Context context(0);
    SpectralCase<double> c{.shape = {3, 4}};
    for (int b = 0; b < 600; ++b)
        c.add(oracle::gaussian(3, 4, random).values);
    ASSERT_EQ(sub_batch(SpectrumRoutine::none, 3, 4), 256);
    const std::vector<Quantity> quantities{of(Metric::spectrum), of(Metric::condition_number)};
    simt::libraries().faults = {{"cusolverDnDgesvdjBatched", 0, 0, 0, 1, 256},
                                {"cusolverDnDgesvdjBatched", 1, 0, 100, 1, 156}};
    const Samples samples =
        by_stage(context, c, quantities, 0, host_singular_values, SpectrumMethod::svd);
    expect_agreement(c, quantities, samples, "many with info > 0");
    EXPECT_EQ(std::count(samples.resolved.begin(), samples.resolved.end(), 1), 2 * (256 + 156));
}

TEST_F(SpectrumStage, ManyUndecidedRanksAreAllCountedAgain) {
    Context context(0);
    constexpr std::int64_t n = 5, draws = 600;
    SpectralCase<double> c{.shape = {n, n}};
    std::vector<double> wanted;
    for (std::int64_t b = 0; b < draws; ++b) {
        std::vector<double> h(static_cast<std::size_t>(n * n));
        const std::int64_t above = 2 * (b % 3);
        for (std::int64_t i = 0; i < n; ++i)  // so many 2, one 1, and 1/2
            h[static_cast<std::size_t>((n + 1) * i)] = i < above ? 2 : i > above ? 0.5 : 1;
        c.add(h);
        wanted.push_back(static_cast<double>(above + 1));
    }
    ASSERT_LT(sub_batch(singular_value_routine(n, n), n, n), draws);
    for (const auto method : {SpectrumMethod::automatic, SpectrumMethod::eigen}) {
        const Samples samples =
            by_stage(context, c, {soft_rank(0.2)}, 0, host_singular_values, method);
        EXPECT_EQ(samples.values, wanted);
        EXPECT_EQ(samples.resolved, std::vector<std::uint8_t>(draws, 1));
    }
}

TEST_F(SpectrumStage, NoStatusGoesUnread) {
    Context context(0);
    SpectralCase<double> c{.shape = {40, 50}};
    c.add(std::vector<double>(2000, 1.0));
    const std::pair<const char*, int> calls[] = {
        {"cublasDgemmStridedBatched", CUBLAS_STATUS_INVALID_VALUE},
        {"cublasDgeqrfBatched", CUBLAS_STATUS_INVALID_VALUE},
        {"cusolverDnXsyevBatched", CUSOLVER_STATUS_INVALID_VALUE}};
    for (const auto& [call, status] : calls) {
        simt::libraries().faults = {{call, 0, status, 0, 0}};
        try {
            (void)by_stage(context, c, {of(Metric::spectrum), of(Metric::rank_lower_bound)}, 0,
                           host_singular_values, SpectrumMethod::svd);
            ADD_FAILURE() << call;
        } catch (const DeviceError& error) {
            EXPECT_NE(std::string(error.what()).find(call), std::string::npos) << error.what();
        }
    }
    // info < 0 is a mistake of ours.
    simt::libraries().faults = {{"cusolverDnXsyevBatched", 0, 0, 0, -3}};
    EXPECT_THROW((void)by_stage(context, c, {of(Metric::numerical_rank)}, 0, host_singular_values,
                                SpectrumMethod::svd),
                 DeviceError);
}

TEST_F(SpectrumStage, TakesWhatItSaysAndNoMore) {
    Context context(0);
    (void)context.queue(0);
    for (const auto& quantities : {gram_quantities, count_quantities, all_quantities(3)}) {
        for (const auto& some : {std::vector<MatrixShape>{{3, 5}},
                                 std::vector<MatrixShape>{{40, 100}, {40, 40}, {7, 100}}}) {
            const MemoryNeed need = SpectralStage<float>::need(context.queue(0), some, quantities);
            for (const std::int64_t draws : {1, 300}) {
                const auto before = static_cast<std::int64_t>(simt::heap().in_use);
                const SpectralStage<float> stage(context.memory(), context.queue(0), some, draws,
                                                 quantities);
                const auto taken = static_cast<std::int64_t>(simt::heap().in_use) - before;
                const std::int64_t said = need.fixed + need.per_draw * draws;
                EXPECT_LE(taken, said);
                EXPECT_GE(taken, said - 6 * 512);  // six arrays begin on whole boundaries
                // The same from a workspace of somebody else's.
                Buffer<unsigned char> piece(context.memory(), said);
                Workspace workspace(piece.get(), said);
                EXPECT_NO_THROW(
                    SpectralStage<float>(workspace, context.queue(0), some, draws, quantities));
                Workspace small(piece.get(), said / 2);
                EXPECT_THROW(SpectralStage<float>(small, context.queue(0), some, draws, quantities),
                             OutOfMemory);
            }
        }
    }
}

#endif

TEST_F(SpectrumStage, RefusesOtherMatrices) {
    Context context(0);
    const std::vector<MatrixShape> one{{3, 5}};
    SpectralStage<double> stage(context.memory(), context.queue(0), one, 2, gram_quantities);
    Samples samples = no_samples(2, 3);
    EXPECT_THROW(stage.collect(samples, 0), Error);
    EXPECT_THROW(stage.enqueue({.draws = 1, .rows = 5, .cols = 3, .batch = 3}), Error);
    EXPECT_THROW(stage.enqueue({.draws = 3, .rows = 3, .cols = 5, .batch = 5}), Error);
}

// The table of docs/numerics.md.
TEST(SpectrumRoutines, AreTheLeastThatServe) {
    using R = SpectrumRoutine;
    const auto plan = [](std::vector<Quantity> quantities, std::int64_t rows, std::int64_t cols,
                         SpectrumMethod method = SpectrumMethod::automatic) {
        return plan_spectrum(quantities, rows, cols, cols, method, simt::shared_optin);
    };
    const auto same = [](const SpectrumPlan& a, bool gram, bool cosines, R first, R second,
                         bool recount = false) {
        return a == SpectrumPlan{gram, cosines, first, recount, second};
    };
    EXPECT_TRUE(same(plan({soft_rank(0)}, 64, 64), false, false, R::none, R::none));
    EXPECT_TRUE(same(plan({of(Metric::mean_abs_cosine)}, 64, 64), false, true, R::none, R::none));
    for (const Metric metric : {Metric::rank_lower_bound, Metric::orthogonality_gap}) {
        EXPECT_TRUE(same(plan({of(metric)}, 64, 64), true, false, R::none, R::none));
    }
    struct Size {
        std::int64_t rows, cols;
        R values;
        bool fits;  ///< a block, as it is
    };
    for (const auto& [rows, cols, values, fits] :
         {Size{1, 1, R::jacobi, true}, Size{32, 32, R::jacobi, true},
          Size{32, 33, R::qr_jacobi, true}, Size{33, 32, R::qr_jacobi, true},
          Size{1, 33, R::qr_jacobi, true}, Size{33, 33, R::wielandt, true},
          Size{33, 34, R::qr_wielandt, true}, Size{512, 64, R::qr_wielandt, false},
          Size{128, 128, R::wielandt, true}, Size{160, 160, R::wielandt, true},
          Size{161, 161, R::wielandt, false}, Size{129, 200, R::qr_wielandt, false},
          Size{512, 512, R::wielandt, false}, Size{900, 513, R::qr_wielandt, false}}) {
        EXPECT_EQ(singular_value_routine(rows, cols), values);
        const std::int64_t n = std::min(rows, cols);
        const R counts = n <= 128 ? R::tridiagonal : n <= 512 ? R::panels : R::gram;
        const R small = fits ? R::bidiagonal : values;
        const R then = fits ? values : R::none;
        EXPECT_TRUE(same(plan({soft_rank(0.5)}, rows, cols), true, false, counts, values, fits));
        EXPECT_EQ(plan({soft_rank(0.5)}, rows, cols, SpectrumMethod::count),
                  plan({soft_rank(0.5)}, rows, cols));
        EXPECT_TRUE(same(plan({soft_rank(0.5)}, rows, cols, SpectrumMethod::eigen), true, false,
                         R::gram, values));
        // What a Gram matrix cannot show, or was not asked for.
        EXPECT_TRUE(same(plan({soft_rank(1e-30)}, rows, cols), false, false, small, then));
        EXPECT_TRUE(same(plan({of(Metric::numerical_rank), of(Metric::stable_rank)}, rows, cols),
                         true, false, small, then));
        EXPECT_TRUE(same(plan({of(Metric::numerical_rank)}, rows, cols, SpectrumMethod::eigen),
                         false, false, values, R::none));
        EXPECT_TRUE(same(plan({soft_rank(0.5)}, rows, cols, SpectrumMethod::svd), false, false,
                         values, R::none));
        EXPECT_TRUE(
            same(plan({of(Metric::stable_rank)}, rows, cols), true, false, counts, R::none));
        for (const Metric metric : {Metric::effective_rank, Metric::isometry_gap,
                                    Metric::condition_number, Metric::spectrum, Metric::lyapunov}) {
            const R whole = fits ? R::bisection : values;
            EXPECT_TRUE(
                same(plan({of(metric), soft_rank(0.5)}, rows, cols), false, false, whole, R::none));
            EXPECT_TRUE(same(plan({of(metric), of(Metric::rank_lower_bound)}, rows, cols), true,
                             false, whole, R::none));
            for (const auto theirs : {SpectrumMethod::eigen, SpectrumMethod::svd}) {
                EXPECT_TRUE(
                    same(plan({of(metric)}, rows, cols, theirs), false, false, values, R::none));
            }
        }
    }
}

TEST(SpectrumRoutines, SubBatchesAreSmallPowersOfTwo) {
    using R = SpectrumRoutine;
    for (const std::int64_t rows : {1, 32, 33, 100, 700, 5000, 100000}) {
        for (const std::int64_t cols : {1, 32, 33, 100, 700, 5000, 100000}) {
            const std::int64_t whole = sub_batch(R::none, rows, cols);
            for (const R routine : {R::none, R::jacobi, R::qr_jacobi, R::gram, R::wielandt}) {
                const std::int64_t count = sub_batch(routine, rows, cols);
                EXPECT_TRUE(count >= 1 && count <= 256 && (count & (count - 1)) == 0);
                EXPECT_EQ(whole % count, 0);
                // Far below 2^31 numbers, or one matrix alone.
                const std::int64_t width = value_count(routine, rows, cols);
                EXPECT_TRUE(count == 1 || count * width * width <= (std::int64_t{1} << 25));
            }
            EXPECT_EQ(whole % cosine_sub_batch(rows, cols), 0);
        }
    }
    EXPECT_EQ(sub_batch(R::gram, 64, 64), 256);
    EXPECT_EQ(sub_batch(R::panels, 512, 512), 128);  // a block on each multiprocessor or nearly so
    EXPECT_EQ(sub_batch(R::wielandt, 128, 128), 128);
}

}  // namespace
}  // namespace spectral_checks
}  // namespace rankchain::cuda

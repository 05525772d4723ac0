// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrices in the lanes of vectors: what a lane computes is its own matrix's affair, whatever its
// place, its neighbours, and the width of the vectors.
#include "host/cpu/lanes.hpp"

#include "host/cpu/gram.hpp"
#include "host/cpu/measure.hpp"
#include "tests/spectrum_oracle.hpp"
#include "tests/weights_targets.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using oracle::Matrix;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Shape = std::pair<std::int64_t, std::int64_t>;
constexpr std::array<Shape, 10> shapes{Shape{1, 1}, {1, 7},   {2, 2},    {3, 5},    {9, 4},
                                       {16, 16},    {33, 31}, {20, 150}, {150, 20}, {67, 67}};

/// What a lane knows in the end.
struct Counted {
    std::vector<double> numbers;  // trace, norms, gap, largest, T, B, counts
    bool operator==(const Counted&) const = default;
};

/// The matrices in lanes, in order; null: an empty lane.
std::vector<Counted> counted(const std::vector<const Matrix*>& matrices) {
    const std::int64_t lanes = cpu::lane_count();
    const auto width = static_cast<std::size_t>(lanes);
    std::vector<cpu::Lane<double>> group;
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    for (const Matrix* matrix : matrices) {
        if (matrix == nullptr) {
            group.push_back({});
            continue;
        }
        rows = matrix->rows;
        cols = matrix->cols;
        group.push_back({matrix->values.data(), cols, 0.5});
    }
    cpu::GramLanes gram;
    gram.form(std::span<const cpu::Lane<double>>(group), rows, cols);
    cpu::AlignedVector<double> gap(width);
    gram.orthogonality_gap(cols + 3, gap.data());
    cpu::TridiagonalLanes tridiagonal;
    const auto trace = gram.trace;
    tridiagonal.reduce(gram);
    cpu::AlignedVector<double> lambda(width);
    tridiagonal.largest(gram, lambda.data());
    constexpr std::int64_t shifts = 7;
    cpu::AlignedVector<double> x(shifts * width);
    cpu::AlignedVector<double> counts(shifts * width);
    for (std::size_t s = 0; s < shifts; ++s) {
        for (std::size_t b = 0; b < width; ++b)
            x[s * width + b] = trace[b] * std::pow(0.3, static_cast<double>(s));
    }
    tridiagonal.count_at_least(shifts, x.data(), counts.data());
    cpu::BidiagonalLanes bidiagonal;
    bidiagonal.reduce(std::span<const cpu::Lane<double>>(group), rows, cols);
    cpu::AlignedVector<double> low(width);
    cpu::AlignedVector<double> high(width);
    bidiagonal.largest(1e-3, low.data(), high.data());
    cpu::AlignedVector<double> singular(shifts * width);
    for (double& value : x)
        value = std::sqrt(value);
    bidiagonal.count_at_least(shifts, x.data(), singular.data());
    std::vector<Counted> all;
    for (std::size_t b = 0; b < matrices.size(); ++b) {
        Counted one{
            {trace[b], gram.frobenius[b], gram.off_squares[b], gap[b], lambda[b], low[b], high[b]}};
        for (std::size_t i = b; i < tridiagonal.diagonal.size(); i += width)
            one.numbers.push_back(tridiagonal.diagonal[i]);
        for (std::size_t i = b; i < tridiagonal.off_squares.size(); i += width)
            one.numbers.push_back(tridiagonal.off_squares[i]);
        for (std::size_t i = b; i < bidiagonal.squares.size(); i += width)
            one.numbers.push_back(bidiagonal.squares[i]);
        for (std::size_t i = b; i < counts.size(); i += width)
            one.numbers.push_back(counts[i]);
        for (std::size_t i = b; i < singular.size(); i += width)
            one.numbers.push_back(singular[i]);
        all.push_back(one);
    }
    return all;
}

TEST(Lanes, NeitherPlaceNorNeighboursEnterAMatrix) {
    auto random = oracle::generator(1);
    for (const auto& [rows, cols] : shapes) {
        const Matrix h = oracle::gaussian(rows, cols, random);
        Matrix zero(rows, cols);
        Matrix huge = oracle::gaussian(rows, cols, random);
        for (double& value : huge.values)
            value *= 1e300;  // its squares overflow: infinities and NaN next door
        const Counted alone = counted({&h}).at(0);
        for (std::int64_t place = 0; place < cpu::lane_count(); ++place) {
            const std::vector<const Matrix*> neighbours{nullptr, &zero, &huge};
            for (const Matrix* const neighbour : neighbours) {
                std::vector<const Matrix*> group(static_cast<std::size_t>(cpu::lane_count()),
                                                 neighbour);
                group[static_cast<std::size_t>(place)] = &h;
                EXPECT_EQ(counted(group).at(static_cast<std::size_t>(place)), alone)
                    << rows << " x " << cols << " at " << place;
            }
        }
    }
}

// Elementwise over the lanes and rounded once: AVX2, AVX-512 and whatever else has a fused
// multiply-add give the same bits.
TEST(Lanes, VectorsOfAnyWidthGiveTheSameBits) {
    auto random = oracle::generator(2);
    for (const auto& [rows, cols] : shapes) {
        const Matrix h = oracle::gaussian(rows, cols, random);
        std::vector<Counted> results;
        for (const std::int64_t target : test::instruction_sets()) {
            const test::Only only(target);
            // Without a fused multiply-add every product is rounded apart.
            const bool fused = HWY_ARCH_X86 ? target <= HWY_AVX2 : target != HWY_SCALAR;
            const Counted result = counted({&h}).at(0);
            if (fused) results.push_back(result);
            // ... which the proven error still covers: the counts, the 14 numbers at the end,
            // agree.
            const Counted& first = results.empty() ? result : results.front();
            EXPECT_TRUE(std::equal(result.numbers.end() - 14, result.numbers.end(),
                                   first.numbers.end() - 14))
                << hwy::TargetName(target);
        }
        for (const Counted& result : results)
            EXPECT_EQ(result, results.front()) << rows << " x " << cols;
    }
}

TEST(Lanes, GramMatricesAndCountsAreThoseOfOneMatrix) {
    auto random = oracle::generator(3);
    for (const auto& [rows, cols] : shapes) {
        const Matrix h = oracle::gaussian(rows, cols, random);
        const std::vector<cpu::Lane<double>> group{{h.values.data(), cols, 1.0}};
        cpu::GramLanes gram;
        gram.form(std::span<const cpu::Lane<double>>(group), rows, cols);
        const Matrix t = rows <= cols ? oracle::transpose(h) : h;
        const auto lanes = static_cast<std::size_t>(cpu::lane_count());
        std::size_t at = 0;
        for (std::int64_t j = 0; j < gram.n; ++j) {
            for (std::int64_t i = j; i < gram.n; ++i, at += lanes) {
                const auto bound = static_cast<double>(
                    static_cast<oracle::Real>(gram.k) * 0x1p-53L *
                    std::sqrt(oracle::column_product(t, i, i) * oracle::column_product(t, j, j)));
                EXPECT_NEAR(gram.g[at], static_cast<double>(oracle::column_product(t, i, j)),
                            1.01 * bound);
            }
        }
        EXPECT_NEAR(gram.trace[0] / static_cast<double>(oracle::squared_norm(h)), 1.0, 1e-13);
    }
}

/// All quantities of a few draws, one draw at a time and together, with a failed one among them.
TEST(Lanes, MeasuresTogetherAsAlone) {
    auto random = oracle::generator(4);
    std::vector<Quantity> quantities;
    for (const double tau : {0.01, 0.5, 1.0, 1e-12})
        quantities.push_back({Metric::soft_rank, tau, 0});
    for (const Metric metric : {Metric::rank_lower_bound, Metric::stable_rank,
                                Metric::orthogonality_gap, Metric::mean_abs_cosine}) {
        quantities.push_back({metric, nan, 0});
    }
    for (const auto& [rows, cols] : shapes) {
        constexpr std::size_t draws = 19;
        std::vector<std::vector<float>> h;
        for (std::size_t b = 0; b < draws; ++b) {
            const Matrix wide = oracle::gaussian(rows, cols, random);
            h.emplace_back(wide.values.begin(), wide.values.end());
        }
        h[5][0] = std::numeric_limits<float>::infinity();
        std::fill(h[7].begin(), h[7].end(), 0.0F);
        const auto observe = [&, r = rows, c = cols](std::size_t b) {
            return cpu::Observed<float>{
                .data = h[b].data(), .rows = r, .cols = c, .stride = c, .batch = c};
        };
        std::vector<double> alone(draws * quantities.size());
        std::vector<std::uint8_t> alone_resolved(alone.size());
        std::vector<DrawStatus> status(draws);
        for (std::size_t b = 0; b < draws; ++b) {
            cpu::measure(observe(b), quantities, alone.data() + b, alone_resolved.data() + b, draws,
                         status[b]);
        }
        EXPECT_TRUE(status[5].spectrum_failed);
        for (const int threads : {1, 2}) {
            std::vector<double> values(alone.size());
            std::vector<std::uint8_t> resolved(alone.size());
            std::vector<double> margin(alone.size());
            std::vector<DrawStatus> together(draws);
            std::vector<cpu::Measurement<float>> all;
            for (std::size_t b = 0; b < draws; ++b) {
                all.push_back({observe(b), values.data() + b, resolved.data() + b,
                               margin.data() + b, &together[b]});
            }
            cpu::measure_all(std::span<const cpu::Measurement<float>>(all), quantities,
                             SpectrumMethod::automatic, draws, threads);
            EXPECT_EQ(resolved, alone_resolved);
            for (std::size_t i = 0; i < values.size(); ++i) {
                EXPECT_TRUE(values[i] == alone[i] ||
                            (std::isnan(values[i]) && std::isnan(alone[i])))
                    << rows << " x " << cols << ": " << values[i] << ", not " << alone[i];
            }
            for (std::size_t b = 0; b < draws; ++b)
                EXPECT_EQ(together[b].spectrum_failed, status[b].spectrum_failed);
        }
    }
}

}  // namespace
}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The kernels between H and the libraries, on a device, emulated or not, in every order of threads
// and blocks: against the CPU backend and naive loops.
#pragma once

#include "host/cpu/gram.hpp"
#include "kernels/gram.cuh"
#include "kernels/wielandt.cuh"
#include "tests/simt/device_array.hpp"
#include "tests/simt/draw_kinds.hpp"
#include "tests/simt/schedule.hpp"
#include "tests/spectrum_oracle.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain::cuda::gram_checks {

using oracle::Matrix;

inline constexpr double eps = std::numeric_limits<double>::epsilon();

struct Shape {
    std::int64_t rows, cols;
};
inline constexpr Shape shapes[] = {{1, 1}, {2, 2},   {3, 5},   {5, 3},   {1, 40},  {40, 1},
                                   {7, 7}, {31, 33}, {33, 31}, {16, 70}, {20, 300}};

template <class T>
std::vector<T> random_matrices(std::int64_t size, std::mt19937_64& random) {
    std::normal_distribution<double> normal;
    std::vector<T> values(static_cast<std::size_t>(size));
    for (T& x : values)
        x = static_cast<T>(normal(random));
    return values;
}

/// The tall matrix of one H, by the CPU backend; empty where H is not finite.
template <class T>
std::optional<std::vector<double>> tall_of(const T* h, Shape shape, int& exponent) {
    std::vector<double> w(static_cast<std::size_t>(shape.rows * shape.cols));
    const auto power = cpu::widen(h, shape.rows, shape.cols, shape.cols, w.data());
    if (!power) return std::nullopt;
    exponent = *power;
    if (shape.rows <= shape.cols) return w;
    std::vector<double> turned(w.size());
    for (std::int64_t i = 0; i < shape.rows; ++i) {
        for (std::int64_t j = 0; j < shape.cols; ++j) {
            turned[static_cast<std::size_t>(j * shape.rows + i)] =
                w[static_cast<std::size_t>(i * shape.cols + j)];
        }
    }
    return turned;
}

template <class T>
class Widen : public testing::Test {
  protected:
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Widen, Types);

TYPED_TEST(Widen, HasTheBitsOfTheCpuBackend) {
    using T = TypeParam;
    auto random = oracle::generator(1);
    for (const Shape shape : shapes) {
        const std::int64_t size = shape.rows * shape.cols;
        const auto n = static_cast<std::size_t>(size);
        const auto draws = every_kind_of_draw<T>(shape.rows, shape.cols, random);
        const DeviceArray<T> device(draws.h);
        const DeviceArray<std::int64_t> layers(draws.failed), chosen(draws.order);
        bool listed = true;
        in_every_order([&] {
            listed = !listed;
            const DeviceArray<double> tall(6 * size);
            const DeviceArray<int> exponent(6);
            const WidenBatch<T> batch{device.get(),
                                      size,
                                      shape.rows,
                                      shape.cols,
                                      layers.get(),
                                      listed ? chosen.get() : nullptr,
                                      1,
                                      6};
            ASSERT_EQ(widen(batch, tall.get(), exponent.get(), nullptr), cudaSuccess);
            const auto got = tall.host();
            for (std::size_t i = 0; i < 6; ++i) {
                const auto draw = listed ? static_cast<std::size_t>(draws.order[i]) : i + 1;
                std::vector<double> wanted(n, 0.0);
                int power = draw == 5 ? failed_before : not_finite;
                if (draw < 5) wanted = *tall_of(draws.h.data() + draw * n, shape, power);
                ASSERT_EQ(exponent.host()[i], power) << "draw " << draw;
                const auto begin = got.begin() + static_cast<std::ptrdiff_t>(i * n);
                ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), begin))
                    << shape.rows << " x " << shape.cols << " draw " << draw;
            }
        });
    }
}

TYPED_TEST(Widen, TakesOneMatrixForAll) {
    using T = TypeParam;
    const DeviceArray<T> device(std::vector<T>{1, 2, 3, 4, 5, 6});
    const DeviceArray<double> tall(12);
    ASSERT_EQ(widen(WidenBatch<T>{device.get(), 0, 2, 3, nullptr, nullptr, 7, 2}, tall.get(),
                    nullptr, nullptr),
              cudaSuccess);
    EXPECT_EQ(tall.host(),
              (std::vector<double>{0.25, 0.5, 0.75, 1, 1.25, 1.5, 0.25, 0.5, 0.75, 1, 1.25, 1.5}));
    EXPECT_EQ(widen(WidenBatch<T>{device.get(), 0, 0, 3, nullptr, nullptr, 0, 2}, tall.get(),
                    nullptr, nullptr),
              cudaErrorInvalidValue);
}

struct GramKernels : testing::Test {
    void SetUp() override { RANKCHAIN_NEED_DEVICE(); }
    void TearDown() override { schedule_threads(0); }
};

// A sum of m numbers that are not negative has a relative error below (m + 3) u, in any order.
TEST_F(GramKernels, SumsAreThoseOfTheCpuBackend) {
    auto random = oracle::generator(2);
    for (const Shape shape : shapes) {
        const std::int64_t n = std::min(shape.rows, shape.cols);
        const std::int64_t batch = shape.cols;
        std::vector<double> all;
        std::vector<cpu::Gram> wanted(3);
        for (cpu::Gram& gram : wanted) {
            Matrix h = oracle::gaussian(shape.rows, shape.cols, random);
            if (&gram == &wanted[1]) h.values.assign(h.values.size(), 0.0);
            gram.form(h.values.data(), shape.rows, shape.cols);
            for (std::int64_t i = 0; i < n; ++i) {
                for (std::int64_t j = 0; j < n; ++j) {
                    all.push_back(
                        gram.g[static_cast<std::size_t>(std::min(i, j) * n + std::max(i, j))]);
                }
            }
        }
        const DeviceArray<double> gram(all);
        same_in_every_order([&] {
            const DeviceArray<GramSums> sums(3);
            EXPECT_EQ(gram_sums(gram.get(), 3, n, batch, sums.get(), nullptr), cudaSuccess);
            const auto got = sums.host();
            const double share = 2 * static_cast<double>(n * n + 8) * eps;
            std::vector<double> bits;
            for (std::size_t b = 0; b < 3; ++b) {
                EXPECT_NEAR(got[b].trace, wanted[b].trace, share * wanted[b].trace);
                EXPECT_NEAR(got[b].frobenius, wanted[b].frobenius, share * wanted[b].frobenius);
                const double gap = wanted[b].orthogonality_gap(batch);
                if (b == 1) {
                    EXPECT_TRUE(std::isnan(got[b].orthogonality_gap));
                } else {
                    EXPECT_NEAR(got[b].orthogonality_gap, gap, share * (gap + 1));
                    bits.insert(bits.end(),
                                {got[b].trace, got[b].frobenius, got[b].orthogonality_gap});
                }
            }
            return bits;
        });
    }
}

TEST_F(GramKernels, CosinesAreThoseOfTheCpuBackend) {
    auto random = oracle::generator(3);
    for (const Shape shape : shapes) {
        Matrix h = oracle::gaussian(shape.rows, shape.cols, random);
        if (shape.cols > 2) {
            for (std::int64_t i = 0; i < shape.rows; ++i)
                h(i, 1) = 0;  // its pairs are left out
        }
        int power = 0;
        const auto w = *tall_of(h.values.data(), shape, power);
        const DeviceArray<double> tall(w);
        same_in_every_order([&] {
            const DeviceArray<double> inverse(shape.cols);
            const DeviceArray<CosineSums> sums(1);
            EXPECT_EQ(inverse_norms(tall.get(), 1, shape.rows, shape.cols, inverse.get(),
                                    sums.get(), nullptr),
                      cudaSuccess);
            for (std::int64_t from = 0; from < shape.cols; from += 64) {
                const std::int64_t left = shape.cols - from,
                                   panel = std::min<std::int64_t>(64, left);
                std::vector<double> products;
                for (std::int64_t i = 0; i < left; ++i) {
                    for (std::int64_t j = 0; j < panel; ++j) {
                        products.push_back(
                            static_cast<double>(oracle::column_product(h, from + i, from + j)));
                    }
                }
                // As they are of W, not of H.
                for (double& x : products)
                    x = std::ldexp(x, -2 * power);
                const DeviceArray<double> device(products);
                EXPECT_EQ(add_cosines(device.get(), 1, shape.cols, from, panel, inverse.get(),
                                      sums.get(), nullptr),
                          cudaSuccess);
            }
            const CosineSums got = sums.host()[0];
            EXPECT_EQ(got.directed, static_cast<double>(shape.cols - (shape.cols > 2 ? 1 : 0)));
            const double pairs = got.directed * (got.directed - 1) / 2;
            const double wanted = cpu::mean_abs_cosine(h.values.data(), shape.rows, shape.cols);
            if (pairs > 0) {
                EXPECT_NEAR(got.sum / pairs, wanted,
                            static_cast<double>(4 * shape.rows + shape.cols + 8) * eps);
            } else {
                EXPECT_TRUE(std::isnan(wanted));
            }
            return got.sum;
        });
    }
}

TEST_F(GramKernels, AssembleWhatTheLibrariesTake) {
    auto random = oracle::generator(4);
    for (const Shape shape : {Shape{1, 1}, Shape{2, 5}, Shape{3, 3}, Shape{40, 130}}) {
        const std::int64_t n = shape.rows, k = shape.cols, count = 2;
        const auto tall = random_matrices<double>(count * n * k, random);
        const DeviceArray<double> device(tall);
        bool triangular = false;
        in_every_order([&] {
            triangular = !triangular;
            const SquareBatch squares{device.get(), count, n, k, triangular};
            const DeviceArray<double> copy(count * n * n), doubled(count * 4 * n * n);
            ASSERT_EQ(copy_squares(squares, copy.get(), nullptr), cudaSuccess);
            ASSERT_EQ(wielandt(squares, doubled.get(), nullptr), cudaSuccess);
            const auto r = copy.host(), e = doubled.host();
            const auto at = [](const std::vector<double>& a, std::int64_t size, std::int64_t b,
                               std::int64_t i, std::int64_t j) {
                return a[static_cast<std::size_t>((b * size + j) * size + i)];
            };
            for (std::int64_t b = 0; b < count; ++b) {
                for (std::int64_t i = 0; i < n; ++i) {
                    for (std::int64_t j = 0; j < n; ++j) {
                        const double wanted =
                            squares.triangular && i > j
                                ? 0.0
                                : tall[static_cast<std::size_t>((b * n + j) * k + i)];
                        ASSERT_EQ(at(r, n, b, i, j), wanted);
                        ASSERT_EQ(at(e, 2 * n, b, i, n + j), wanted);
                        ASSERT_EQ(at(e, 2 * n, b, n + j, i), wanted);
                        ASSERT_EQ(at(e, 2 * n, b, i, j), 0.0);
                        ASSERT_EQ(at(e, 2 * n, b, n + i, n + j), 0.0);
                    }
                }
            }
        });
    }
    std::vector<double> numbers(7 * 300);
    double* const data = numbers.data();
    const DeviceArray<double*> pointers(300);
    in_every_order([&] {
        ASSERT_EQ(make_pointers(data, 7, 300, pointers.get(), nullptr), cudaSuccess);
        const auto got = pointers.host();
        for (std::ptrdiff_t i = 0; i < 300; ++i)
            ASSERT_EQ(got[static_cast<std::size_t>(i)], data + 7 * i);
    });
}

}  // namespace rankchain::cuda::gram_checks

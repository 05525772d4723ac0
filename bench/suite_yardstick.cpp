// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/suite_task.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <stdexcept>
#include <type_traits>

#include <cblas.h>
#include <lapacke.h>

namespace rankchain::bench {
namespace {

// One W H of the case's shape and precision, or one H's singular values, over and over.
template <class T>
class Yardstick final : public Task {
  public:
    Yardstick(std::int64_t rows, std::int64_t cols, bool spectrum)
        : rows_(rows), cols_(cols), spectrum_(spectrum) {
        w_ = place(rows * rows);
        h_ = place(rows * cols);
        z_ = place(rows * cols);
        std::mt19937_64 bits(1);
        std::normal_distribution<double> normal;
        std::generate_n(w_, rows * rows, [&] { return static_cast<T>(normal(bits)); });
        std::generate_n(h_, rows * cols, [&] { return static_cast<T>(normal(bits)); });
    }
    Json prepare() override {
        static_cast<void>(sample(1e-3));
        return {{"batch", 1}};
    }
    Json check(const Json& /*request*/) override {
        throw Unsupported{"the yardstick computes no case"};
    }
    Json sample(double seconds) override {
        double units = 0;
        const Stopwatch watch;
        while (watch.wall_s() < seconds) {
            // Some 10^5 multiply-adds at least between two looks at the clock.
            for (std::int64_t done = 0; done < 100'000; done += rows_ * rows_ * cols_) {
                once();
                units += 1;
            }
        }
        return watch.reply(units);
    }

  private:
    /// Room for `count` numbers, always at the same place of a page: where the heap happens to put
    /// them moves the rate of a product by 15 %. Neighbours are 17 cache lines apart in their
    /// pages.
    T* place(std::int64_t count) {
        constexpr std::size_t page = 4096;
        const std::size_t apart = 17 * 64 * memory_.size();
        auto& block = memory_.emplace_back(static_cast<std::size_t>(count) * sizeof(T) + 3 * page);
        void* start = block.data();
        std::size_t left = block.size();
        return reinterpret_cast<T*>(static_cast<std::byte*>(std::align(page, page, start, left)) +
                                    apart);
    }
    void once() {
        const int d = static_cast<int>(rows_);
        const int n = static_cast<int>(cols_);
        if (spectrum_) {
            a_.assign(h_, h_ + rows_ * cols_);
            if (LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', n, d, a_.data(), n, sigma_.data(), nullptr, 1,
                               nullptr, 1) != 0)
                throw std::runtime_error("dgesdd did not converge");
        } else if constexpr (std::is_same_v<T, float>) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, d, n, d, 1, w_, d, h_, n, 0, z_,
                        n);
        } else {
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, d, n, d, 1, w_, d, h_, n, 0, z_,
                        n);
        }
    }

    std::int64_t rows_;
    std::int64_t cols_;
    bool spectrum_;
    std::vector<std::vector<std::byte>> memory_;
    T* w_ = nullptr;
    T* h_ = nullptr;
    T* z_ = nullptr;
    std::vector<double> a_;
    std::vector<double> sigma_ = std::vector<double>(static_cast<std::size_t>(rows_));
};

}  // namespace

std::unique_ptr<Task> make_yardstick(const Case& which) {
    const std::int64_t d = which.network.width;
    const std::int64_t n = which.network.batch;
    if (which.kind == "counts") return std::make_unique<Yardstick<double>>(d, n, true);
    if (which.network.precision == Precision::float32)
        return std::make_unique<Yardstick<float>>(d, n, false);
    return std::make_unique<Yardstick<double>>(d, n, false);
}

}  // namespace rankchain::bench

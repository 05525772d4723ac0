// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Sorting and reduction by Thrust; of the sums, whose order is ours, it only spreads the pieces.
#include "host/series.hpp"
#include "kernels/backend/memory.hpp"
#include "kernels/summary.cuh"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

#include <nvtx3/nvtx3.hpp>
#include <thrust/iterator/constant_iterator.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/reduce.h>
#include <thrust/sort.h>
#include <thrust/system_error.h>
#include <thrust/transform.h>
#ifdef __CUDACC__
#include <thrust/system/cuda/execution_policy.h>
#else
#include <thrust/system/cpp/execution_policy.h>
#endif

namespace rankchain::cuda {
namespace {

constexpr std::int64_t piece_draws = 1024;

/// Thrust's temporary memory, from ours.
class Temporary {
  public:
    using value_type = char;
    explicit Temporary(Memory& memory) : memory_(&memory) {}
    char* allocate(std::ptrdiff_t bytes) {
        return static_cast<char*>(memory_->take(static_cast<std::int64_t>(bytes)));
    }
    void deallocate(char* data, std::size_t) noexcept { memory_->give(data); }

  private:
    Memory* memory_;
};

/// Runs `work(policy)`, what it throws in the words of status.hpp.
template <class Work>
void by_thrust(Memory& memory, cudaStream_t stream, const Work& work) {
    Temporary temporary(memory);
    try {
#ifdef __CUDACC__
        work(thrust::cuda::par_nosync(temporary).on(stream));
#else
        (void)temporary;
        check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
        work(thrust::cpp::par);
#endif
    } catch (const thrust::system_error& error) {
#ifdef __CUDACC__
        const auto status = static_cast<cudaError_t>(error.code().value());
#else
        (void)error;
        const auto status = cudaErrorUnknown;
#endif
        check(status, "Thrust");
    }
}

/// Values as integers in the same order, whatever a sort does with them; NaN above all.
struct Key {
    const double* values;

    RANKCHAIN_HD std::uint64_t operator()(std::int64_t i) const {
        const double x = values[i];
        if (x != x) return ~std::uint64_t{0};
        std::uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        constexpr std::uint64_t sign = std::uint64_t{1} << 63;
        return (bits & sign) != 0 ? ~bits : bits | sign;
    }
};

struct Unkey {
    RANKCHAIN_HD double operator()(std::uint64_t key) const {
        if (key == ~std::uint64_t{0}) return no_value;
        constexpr std::uint64_t sign = std::uint64_t{1} << 63;
        const std::uint64_t bits = (key & sign) != 0 ? key & ~sign : ~key;
        double x;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
};

struct Row {
    std::int64_t draws;
    RANKCHAIN_HD std::int32_t operator()(std::int64_t i) const {
        return static_cast<std::int32_t>(i / draws);
    }
};

struct Whole {
    RANKCHAIN_HD std::int64_t operator()(double x) const { return static_cast<std::int64_t>(x); }
};

/// Up to piece_draws values of one quantity.
struct Piece {
    const double* values;
    std::int64_t draws;
    std::int64_t pieces;  ///< of a quantity

    RANKCHAIN_HD std::int64_t quantity(std::int64_t i) const { return i / pieces; }
    RANKCHAIN_HD const double* begin(std::int64_t i) const {
        return values + quantity(i) * draws + i % pieces * piece_draws;
    }
    RANKCHAIN_HD const double* end(std::int64_t i) const {
        const std::int64_t last = (i % pieces + 1) * piece_draws;
        return values + quantity(i) * draws + (last < draws ? last : draws);
    }
};

struct PieceSum {
    CompensatedSum sum;
    std::int64_t count;
};

struct Mean {
    double mean;
    std::int64_t count;
};

struct Deviations {
    double sum, squares;
};

struct SumPiece {
    Piece piece;

    RANKCHAIN_HD PieceSum operator()(std::int64_t i) const {
        PieceSum out{{}, 0};
        for (const double* x = piece.begin(i); x < piece.end(i); ++x) {
            if (*x != *x) continue;
            out.sum.add(*x);
            ++out.count;
        }
        return out;
    }
};

struct JoinSums {
    const PieceSum* sums;
    std::int64_t pieces;

    RANKCHAIN_HD Mean operator()(std::int64_t quantity) const {
        CompensatedSum all;
        std::int64_t count = 0;
        for (std::int64_t p = 0; p < pieces; ++p) {
            const PieceSum& one = sums[quantity * pieces + p];
            all.add(one.sum.total);
            all.lost += one.sum.lost;
            count += one.count;
        }
        return {count > 0 ? all.value() / static_cast<double>(count) : no_value, count};
    }
};

struct DeviatePiece {
    Piece piece;
    const Mean* means;

    RANKCHAIN_HD Deviations operator()(std::int64_t i) const {
        const double mean = means[piece.quantity(i)].mean;
        Deviations out{0, 0};
        for (const double* x = piece.begin(i); x < piece.end(i); ++x) {
            if (*x != *x) continue;
            const double deviation = *x - mean;
            out.sum += deviation;
            out.squares += deviation * deviation;
        }
        return out;
    }
};

struct Finish {
    const Mean* means;
    const Deviations* deviations;
    const double* sorted;
    std::int64_t draws;
    std::int64_t pieces;

    RANKCHAIN_HD SeriesSummary operator()(std::int64_t quantity) const {
        const auto [mean, n] = means[quantity];
        Deviations all{0, 0};
        for (std::int64_t p = 0; p < pieces; ++p) {
            all.sum += deviations[quantity * pieces + p].sum;
            all.squares += deviations[quantity * pieces + p].squares;
        }
        const double std = standard_deviation(all.sum, all.squares, n);
        const double* const row = sorted + quantity * draws;
        return {n,
                draws - n,
                mean,
                std,
                std / sqrt(static_cast<double>(n)),
                sorted_quantile(row, n, 0.0),
                sorted_quantile(row, n, 0.05),
                sorted_quantile(row, n, 0.25),
                sorted_quantile(row, n, 0.5),
                sorted_quantile(row, n, 0.75),
                sorted_quantile(row, n, 0.95),
                sorted_quantile(row, n, 1.0)};
    }
};

/// For Thrust's own use: a sort has a copy of what it sorts, keys and rows of 12 bytes, and some
/// numbers a tile of it.
std::int64_t thrust_bytes(std::int64_t values, std::int64_t each) {
    return values * each + (std::int64_t{1} << 20);
}

}  // namespace

std::int64_t summarise_bytes(std::int64_t quantities, std::int64_t draws) {
    const std::int64_t size = quantities * draws;
    const std::int64_t sums = quantities * ((draws + piece_draws - 1) / piece_draws);
    return buffer_bytes<std::uint64_t>(size) + buffer_bytes<std::int32_t>(size) +
           buffer_bytes<double>(size) + buffer_bytes<PieceSum>(sums) +
           buffer_bytes<Deviations>(sums) + buffer_bytes<Mean>(quantities) +
           2 * thrust_bytes(size, 16);
}

std::int64_t histogram_bytes(std::int64_t draws) {
    return thrust_bytes(draws, 1);
}

void summarise(Memory& memory, const double* values, std::int64_t quantities, std::int64_t draws,
               SeriesSummary* summaries, double* sorted, cudaStream_t stream) {
    if (quantities < 0 || draws < 0 || quantities > std::numeric_limits<std::int32_t>::max()) {
        check(cudaErrorInvalidValue, "summarise");
    }
    if (quantities == 0) return;
    const nvtx3::scoped_range nvtx("summarise");
    const std::int64_t size = quantities * draws;
    const std::int64_t pieces = (draws + piece_draws - 1) / piece_draws;
    const Buffer<std::uint64_t> keys(memory, size);
    const Buffer<std::int32_t> rows(memory, size);
    const Buffer<double> own_sorted(memory, sorted == nullptr ? size : 0);
    const Buffer<PieceSum> sums(memory, quantities * pieces);
    const Buffer<Deviations> deviations(memory, quantities * pieces);
    const Buffer<Mean> means(memory, quantities);
    double* const ascending = sorted != nullptr ? sorted : own_sorted.get();
    const Piece piece{values, draws, pieces};

    by_thrust(memory, stream, [&](const auto& policy) {
        const auto first = thrust::make_counting_iterator(std::int64_t{0});
        thrust::transform(policy, first, first + size, keys.get(), Key{values});
        thrust::transform(policy, first, first + size, rows.get(), Row{draws});
        // All values, then by quantity: a stable sort keeps each row ascending.
        thrust::stable_sort_by_key(policy, keys.get(), keys.get() + size, rows.get());
        if (quantities > 1) {
            thrust::stable_sort_by_key(policy, rows.get(), rows.get() + size, keys.get());
        }
        thrust::transform(policy, keys.get(), keys.get() + size, ascending, Unkey{});

        const std::int64_t all_pieces = quantities * pieces;
        thrust::transform(policy, first, first + all_pieces, sums.get(), SumPiece{piece});
        thrust::transform(policy, first, first + quantities, means.get(),
                          JoinSums{sums.get(), pieces});
        thrust::transform(policy, first, first + all_pieces, deviations.get(),
                          DeviatePiece{piece, means.get()});
        thrust::transform(policy, first, first + quantities, summaries,
                          Finish{means.get(), deviations.get(), ascending, draws, pieces});
    });
    // The buffers go; on some memories that does not wait by itself.
    check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
}

std::int64_t histogram(Memory& memory, const double* sorted, std::int64_t count,
                       std::int64_t* values, std::int64_t* counts, cudaStream_t stream) {
    std::int64_t found = 0;
    by_thrust(memory, stream, [&](const auto& policy) {
        const auto first = thrust::make_transform_iterator(sorted, Whole{});
        const auto ends =
            thrust::reduce_by_key(policy, first, first + count,
                                  thrust::make_constant_iterator(std::int64_t{1}), values, counts);
        found = ends.first - values;
    });
    check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
    return found;
}

}  // namespace rankchain::cuda

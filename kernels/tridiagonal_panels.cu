// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// G -> tridiagonal form -> counts, a block a matrix, by panels of 8 columns (LAPACK's dlatrd).
// Within a panel G stays as it was, and what its reflections have made due is kept as their
// vectors,
//
//   G_now = G - V W^T - W V^T,   V, W [n, columns so far],
//
// so that a column costs one reading of what is left of G, and G is written once a panel, by tensor
// cores. Its lower half lies in tiles of 8 x 8, by columns of tiles: those that are reflected last
// in shared memory, as many as fit, the others in device memory. Each is read twice a column, for
// its rows and for its columns, so that no two warps add to one sum. Bytes a matrix: 8 n^3 / 3
// read, n^3 / 6 more a panel's 8 columns both read and written; from device memory what does not
// fit.
#include "host/arith/count_error.hpp"
#include "kernels/gram_device.cuh"
#include "kernels/lanes.cuh"
#include "kernels/mma.cuh"
#include "kernels/shared_memory.cuh"
#include "kernels/sturm.cuh"
#include "kernels/tridiagonal_panels.cuh"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <type_traits>

#include <nvtx3/nvtx3.hpp>

namespace rankchain::cuda {

// Not tuned on a device yet.
struct PanelTile {
    static constexpr int side = 8;
    static constexpr int numbers = side * side;
    static constexpr int most_warps = 16;
    /// From row to row of V and W: eight lanes that read 16 bytes each meet no bank twice.
    static constexpr int stride = 2 * side + 2;
};

/// Where G lies.
struct PanelPlan {
    int n;
    int blocks;  ///< rows of tiles
    int warps;
    int far;  ///< columns of tiles in device memory; the others, reflected last, in shared memory

    __host__ __device__ int rows() const { return blocks * PanelTile::side; }
    /// Tiles stand column after column, each from its diagonal down.
    __host__ __device__ int index(int row, int col) const {
        return col * blocks - col * (col + 1) / 2 + row;
    }
    __host__ __device__ std::int64_t far_numbers() const {
        return std::int64_t{index(far, far)} * PanelTile::numbers;
    }
    __host__ __device__ int near_numbers() const {
        return (blocks - far) * (blocks - far + 1) / 2 * PanelTile::numbers;
    }
};

namespace {

struct PanelShared {
    double* panel;     ///< [rows][stride]: 8 columns of V, then of W
    double* v;         ///< [rows]: the reflection of the column in hand
    double* product;   ///< [rows]: G v, then W's new column but for its share of v
    double* diagonal;  ///< [n]
    double* off_squares;
    double* inner;    ///< [16]: V^T v, then W^T v
    double* scratch;  ///< [3][warps]
    double* head;     ///< of the column, its entry beside the diagonal
    double* tiles;    ///< [near tiles][8][8]

    template <class C>
    __host__ __device__ PanelShared(const PanelPlan& plan, C& carve) {
        const auto rows = static_cast<std::size_t>(plan.rows());
        panel = carve.template take<double>(rows * PanelTile::stride);
        v = carve.template take<double>(rows);
        product = carve.template take<double>(rows);
        diagonal = carve.template take<double>(rows);
        off_squares = carve.template take<double>(rows);
        inner = carve.template take<double>(2 * PanelTile::side);
        scratch = carve.template take<double>(3 * PanelTile::most_warps);
        head = carve.template take<double>(1);
        tiles = carve.template take<double>(static_cast<std::size_t>(plan.near_numbers()));
    }
};

struct alignas(16) Two {
    double first, second;
};

/// Of one matrix; a lane (g, t) has row g and columns 2 t, 2 t + 1 of a tile, as mma leaves it.
class Panels {
  public:
    __device__ Panels(const PanelPlan& plan, const PanelShared& shared, double* far)
        : plan_(plan), shared_(shared), far_(far) {}

    /// The lower half of G [n, n], zeros beyond n and above the diagonal.
    __device__ void load(const Place& at, const double* gram) const {
        const std::int64_t n = plan_.n;
        for (int col = 0; col < plan_.blocks; ++col) {
            for (int row = col + at.warp; row < plan_.blocks; row += at.warps) {
                const std::int64_t i = PanelTile::side * row + at.g;
                const std::int64_t j = PanelTile::side * col + 2 * at.t;
                const auto entry = [&](std::int64_t column) {
                    return i < n && column <= i ? gram[i * n + column] : 0.0;
                };
                part(at, row, col) = {entry(j), entry(j + 1)};
            }
        }
    }

    /// Column s of T, and the reflection that clears the rest of it, in the panel. Returns the
    /// growth of the error bound, the same in every thread; `spread` is the sum of ||v|| ||w|| over
    /// the panel so far.
    __device__ double reflect(const Place& at, int s, double& spread) const {
        constexpr int side = PanelTile::side;
        const int first = s / side * side;
        const int before = s - first;  // columns of the panel
        const int rows = plan_.rows();
        double* const v = shared_.v;
        double* const product = shared_.product;
        const double* const pivot = shared_.panel + s * PanelTile::stride;
        double norm2 = 0.0;
        for (int i = first + at.thread; i < rows; i += at.threads) {
            double x = 0.0;
            if (i >= s) {
                const double* const mine = shared_.panel + i * PanelTile::stride;
                x = tile(i / side, first / side)[i % side * side + before];
                RANKCHAIN_UNROLL
                for (int k = 0; k < side - 1; ++k) {
                    if (k >= before) break;
                    x = fma(-mine[k], pivot[side + k], x);
                    x = fma(-mine[side + k], pivot[k], x);
                }
                if (i == s) shared_.diagonal[s] = x;
                if (i == s + 1) *shared_.head = x;
                x = i == s ? 0.0 : x;
            }
            v[i] = x;
            norm2 = fma(x, x, norm2);
        }
        norm2 = over_block(Sum(), at, norm2, shared_.scratch);
        norm2 = norm2 >= 0x1p-900 ? norm2 : 0.0;
        if (at.thread == 0) shared_.off_squares[s] = norm2;
        if (s + 1 >= plan_.n) return 0.0;
        const double head = *shared_.head;
        const double norm = sqrt(norm2);
        const double length = fabs(head) + norm;
        // The last off-diagonal entry needs no reflection.
        const double beta = norm2 > 0 && s + 2 < plan_.n ? 1.0 / (norm * length) : 0.0;
        if (at.thread == (s + 1 - first) % at.threads) v[s + 1] = copysign(length, head);
        at.sync();

        multiply(at, first / side, before);
        at.sync();

        // y = beta G_now v, rows s and before are none of it.
        double dot = 0.0, square = 0.0;
        for (int i = first + at.thread; i < rows; i += at.threads) {
            const double* const mine = shared_.panel + i * PanelTile::stride;
            double y = product[i];
            RANKCHAIN_UNROLL
            for (int k = 0; k < side - 1; ++k) {
                if (k >= before) break;
                y = fma(-mine[k], shared_.inner[side + k], y);
                y = fma(-mine[side + k], shared_.inner[k], y);
            }
            y = i > s ? beta * y : 0.0;
            product[i] = y;
            dot = fma(y, v[i], dot);
            square = fma(y, y, square);
        }
        const Two sums = two_sums(at, {dot, square});
        const double share = 0.5 * beta * sums.first;
        for (int i = first + at.thread; i < rows; i += at.threads) {
            double* const mine = shared_.panel + i * PanelTile::stride;
            mine[before] = v[i];
            mine[side + before] = fma(-share, v[i], product[i]);
        }
        at.sync();
        // w is y without half of its share of v, and ||v||^2 = 2 / beta.
        spread = (before == 0 ? 0.0 : spread) + (beta > 0 ? sqrt(2.0 * sums.second / beta) : 0.0);
        return arith::panel_growth(plan_.n - 1 - s, spread);
    }

    /// G -= V W^T + W V^T behind the panel of tile column `panel`.
    __device__ void update(const Place& at, int panel) const {
        constexpr int side = PanelTile::side;
        // Of a panel's 16 columns a lane has 4 t .. 4 t + 3: any order of a sum's terms will do, if
        // both factors have it.
        const auto factor = [&](int row, int column) {
            return shared_.panel + (side * row + at.g) * PanelTile::stride + column;
        };
        for (int row = panel + 1 + 2 * at.warp; row < plan_.blocks; row += 2 * at.warps) {
            const bool second = row + 1 < plan_.blocks;
            const double* const upper = factor(row, 4 * at.t);
            const double* const lower = factor(second ? row + 1 : row, 4 * at.t);
            double left[2][4];
            RANKCHAIN_UNROLL
            for (int q = 0; q < 2; ++q) {
                left[q][0] = -upper[2 * q];
                left[q][1] = -lower[2 * q];
                left[q][2] = -upper[2 * q + 1];
                left[q][3] = -lower[2 * q + 1];
            }
            for (int col = panel + 1; col <= (second ? row + 1 : row); ++col) {
                const double* const right = factor(col, (4 * at.t) ^ side);
                const bool both = col <= row;
                Two top{0.0, 0.0}, bottom{0.0, 0.0};
                if (both) top = part(at, row, col);
                if (second) bottom = part(at, row + 1, col);
                double c[4] = {top.first, top.second, bottom.first, bottom.second};
                RANKCHAIN_UNROLL
                for (int q = 0; q < 2; ++q)
                    mma(c, left[q], right[2 * q], right[2 * q + 1]);
                if (both) part(at, row, col) = {c[0], c[1]};
                if (second) part(at, row + 1, col) = {c[2], c[3]};
            }
        }
    }

  private:
    __device__ __forceinline__ double* far_tile(int row, int col) const {
        return far_ + std::int64_t{plan_.index(row, col)} * PanelTile::numbers;
    }
    __device__ __forceinline__ double* near_tile(int row, int col) const {
        return shared_.tiles +
               (plan_.index(row, col) - plan_.index(plan_.far, plan_.far)) * PanelTile::numbers;
    }
    __device__ __forceinline__ double* tile(int row, int col) const {
        return col < plan_.far ? far_tile(row, col) : near_tile(row, col);
    }
    /// What of a tile this lane has.
    template <class T>
    __device__ __forceinline__ auto& part(const Place& at, T* tile) const {
        using Part = std::conditional_t<std::is_const_v<T>, const Two, Two>;
        return *reinterpret_cast<Part*>(tile + 2 * at.lane);
    }
    __device__ __forceinline__ Two& part(const Place& at, int row, int col) const {
        return part(at, tile(row, col));
    }

    /// product = G v and inner = V^T v, W^T v of the panel's first columns, rows of tiles from
    /// `panel` on.
    __device__ __forceinline__ void multiply(const Place& at, int panel, int columns) const {
        constexpr int side = PanelTile::side;
        const Sum sum;
        const double* const v = shared_.v;
        for (int row = panel + at.warp; row < plan_.blocks; row += at.warps) {
            // Of row g from the tiles left of the diagonal, of columns 2 t, 2 t + 1 from those
            // below it; the diagonal's own gives to both.
            double along = 0.0, down[2] = {0.0, 0.0};
            const auto left = [&](const double* tile, int from, int to) {
                int step = (plan_.blocks - 1 - from) * PanelTile::numbers;
                for (int col = from; col < to; ++col) {
                    const Two a = part(at, tile);
                    const Two x = *reinterpret_cast<const Two*>(v + side * col + 2 * at.t);
                    along = fma(a.first, x.first, along);
                    along = fma(a.second, x.second, along);
                    tile += step;
                    step -= PanelTile::numbers;
                }
            };
            if (panel < plan_.far)
                left(far_tile(row, panel), panel, row < plan_.far ? row : plan_.far);
            const int near = panel < plan_.far ? plan_.far : panel;
            if (near < row) left(near_tile(row, near), near, row);
            {
                const Two a = part(at, row, row);
                const double* const x = v + side * row;
                const int j = 2 * at.t;
                along = fma(j <= at.g ? a.first : 0.0, x[j], along);
                along = fma(j + 1 <= at.g ? a.second : 0.0, x[j + 1], along);
                down[0] = j < at.g ? a.first * x[at.g] : 0.0;
                down[1] = j + 1 < at.g ? a.second * x[at.g] : 0.0;
            }
            const auto under = [&](int below, const double* tile) {
                const Two a = part(at, tile);
                const double x = v[side * below + at.g];
                down[0] = fma(a.first, x, down[0]);
                down[1] = fma(a.second, x, down[1]);
            };
            if (row < plan_.far) {
                for (int below = row + 1; below < plan_.blocks; ++below)
                    under(below, far_tile(below, row));
            } else {
                for (int below = row + 1; below < plan_.blocks; ++below)
                    under(below, near_tile(below, row));
            }
            along = over_quad(sum, along);
            down[0] = over_rows(sum, down[0]);
            down[1] = over_rows(sum, down[1]);
            if (at.t == at.g / 2)
                shared_.product[side * row + at.g] = along + (at.g % 2 == 0 ? down[0] : down[1]);
        }
        for (int k = at.warp; k < 2 * side; k += at.warps) {
            if (k % side >= columns) continue;
            double inner = 0.0;
            for (int i = side * panel + at.lane; i < plan_.rows(); i += warp_lanes)
                inner = fma(shared_.panel[i * PanelTile::stride + k], v[i], inner);
            inner = over_rows(sum, over_quad(sum, inner));
            if (at.lane == 0) shared_.inner[k] = inner;
        }
    }

    /// Two sums over the block with one barrier.
    __device__ __forceinline__ Two two_sums(const Place& at, Two v) const {
        const Sum sum;
        double* const scratch = shared_.scratch + PanelTile::most_warps;
        v = {over_rows(sum, over_quad(sum, v.first)), over_rows(sum, over_quad(sum, v.second))};
        if (at.lane == 0) {
            scratch[2 * at.warp] = v.first;
            scratch[2 * at.warp + 1] = v.second;
        }
        at.sync();
        v = {scratch[0], scratch[1]};
        RANKCHAIN_ROLLED
        for (int w = 1; w < at.warps; ++w)
            v = {v.first + scratch[2 * w], v.second + scratch[2 * w + 1]};
        return v;
    }

    const PanelPlan& plan_;
    const PanelShared& shared_;
    double* far_;
};

__global__ void __launch_bounds__(PanelTile::most_warps* warp_lanes, 1)
    panels_kernel(const __grid_constant__ PanelBatch batch,
                  const __grid_constant__ PanelPlan plan) {
    const Place at(0);
    Carver carve(dynamic_shared);
    const PanelShared shared(plan, carve);
    const std::int64_t number = blockIdx.x;
    const int n = plan.n;
    const Panels matrix(plan, shared, batch.tiles + number * plan.far_numbers());
    matrix.load(at, batch.gram + number * n * n);
    at.sync();
    double growth = 0.0, spread = 0.0;
    RANKCHAIN_ROLLED
    for (int s = 0; s < n; ++s) {
        growth += matrix.reflect(at, s, spread);
        if (s % PanelTile::side == PanelTile::side - 1 && s + 1 < n) {
            matrix.update(at, s / PanelTile::side);
            at.sync();
        }
    }
    at.sync();

    const GramSums sums = batch.sums[number];
    const auto count = [&](double x) {
        return sturm_count(
            n, [&](int i) { return shared.diagonal[i]; }, shared.off_squares, x);
    };
    for (std::int64_t shift = at.thread; shift < 2 * batch.ranks; shift += at.threads) {
        const std::int64_t rank = shift / 2;
        const double x =
            arith::gram_threshold(batch.taus[rank], batch.exponent[number], batch.batch);
        const double e = arith::panel_error(n, batch.k, sums.trace, sums.frobenius, growth, x);
        const int found = count(shift % 2 == 0 ? x + e : x - e);
        RankEnds& ends = batch.ends[number * batch.ranks + rank];
        (shift % 2 == 0 ? ends.low : ends.high) = found;
    }
    if (batch.lambda_1 != nullptr && at.warp == 0) {
        double low = 0.0, high = 0.0;
        bracket_largest(sums.trace, sums.frobenius, low, high);
        largest_counted(count, 0.0, at.lane, low, high);
        if (at.lane == 0) batch.lambda_1[number] = low;
    }
    if (batch.form != nullptr) {
        double* const form = batch.form + number * 2 * n;
        for (int i = at.thread; i < n; i += at.threads) {
            form[i] = shared.diagonal[i];
            form[n + i] = shared.off_squares[i];
        }
    }
}

std::size_t bytes_of(const PanelPlan& plan) {
    CarvedBytes bytes;
    (void)PanelShared(plan, bytes);
    return bytes.bytes();
}

/// With as many tiles in shared memory as it has room for.
PanelPlan plan_of(std::int64_t n, std::size_t shared_limit) {
    PanelPlan plan{};
    plan.n = static_cast<int>(n);
    plan.blocks = (plan.n + PanelTile::side - 1) / PanelTile::side;
    plan.warps = std::min(plan.blocks, PanelTile::most_warps);
    while (plan.far < plan.blocks && bytes_of(plan) > shared_limit)
        ++plan.far;
    return plan;
}

bool valid(std::int64_t n) {
    return n >= 1 && n <= panels_limit;
}

}  // namespace

bool has_panel_counts(std::int64_t n, std::size_t shared_limit) {
    return valid(n) && bytes_of(plan_of(n, shared_limit)) <= shared_limit;
}

std::int64_t panel_numbers(std::int64_t n, std::size_t shared_limit) {
    return valid(n) ? plan_of(n, shared_limit).far_numbers() : 0;
}

cudaError_t count_panels(const PanelBatch& batch, std::size_t shared_limit, cudaStream_t stream) {
    if (batch.count == 0) return cudaSuccess;
    if (!has_panel_counts(batch.n, shared_limit) || batch.count < 0 || batch.count > INT_MAX ||
        batch.ranks < 0) {
        return cudaErrorInvalidValue;
    }
    const PanelPlan plan = plan_of(batch.n, shared_limit);
    char range[64];
    (void)std::snprintf(range, sizeof range, "panels [%lld, %lld, %lld]",
                        static_cast<long long>(batch.count), static_cast<long long>(batch.n),
                        static_cast<long long>(batch.n));
    const nvtx3::scoped_range nvtx(range);
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(batch.count));
    config.blockDim = dim3(static_cast<unsigned>(plan.warps * warp_lanes));
    config.dynamicSmemBytes = bytes_of(plan);
    config.stream = stream;
    cudaError_t status =
        cudaFuncSetAttribute(panels_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(config.dynamicSmemBytes));
    if (status == cudaSuccess) status = cudaLaunchKernelEx(&config, panels_kernel, batch, plan);
    if (status != cudaSuccess) (void)cudaGetLastError();  // reported here, so cleared
    return status;
}

}  // namespace rankchain::cuda

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrices into lanes, and their Gram matrices: blocks of 4 x 4 entries (2 x 4 on the narrow
// instruction sets) in registers, k in panels. A panel of X, n x 64 vectors, is read once from the
// second-level cache for every four rows of G: 4 n^2 k / 2 flops a matrix, 32 bytes a cycle.
//
// Compiled once for every instruction set by Highway's foreach_target; the best one the machine
// has is chosen at run time.
#include "host/cpu/lanes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/gram_lanes.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::cpu::HWY_NAMESPACE {

#include "host/cpu/lanes-inl.hpp"

std::int64_t lane_count_here() {
    return static_cast<std::int64_t>(hn::Lanes(F64()));
}

template <class T>
HWY_INLINE Vec load_wide(const T* from) {
    if constexpr (sizeof(T) == sizeof(double)) {
        return hn::LoadU(F64(), from);
    } else {
        return hn::PromoteTo(F64(), hn::LoadU(hn::Rebind<float, F64>(), from));
    }
}

/// Vector b of `rows` holds L consecutive entries of matrix b; vector e of `out` gets entry e of
/// every matrix.
HWY_INLINE void transpose(const double* HWY_RESTRICT rows, double* HWY_RESTRICT out,
                          std::int64_t lanes) {
#if HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE
    for (std::int64_t b = 0; b < lanes; ++b) {
        for (std::int64_t e = 0; e < lanes; ++e)
            out[e * lanes + b] = rows[b * lanes + e];
    }
#else
    const F64 f64;
    (void)lanes;
    if constexpr (hn::MaxLanes(F64()) == 2) {
        hn::StoreInterleaved2(hn::Load(f64, rows), hn::Load(f64, rows + 2), f64, out);
    } else if constexpr (hn::MaxLanes(F64()) == 4) {
        hn::StoreInterleaved4(hn::Load(f64, rows), hn::Load(f64, rows + 4), hn::Load(f64, rows + 8),
                              hn::Load(f64, rows + 12), f64, out);
    } else {
        HWY_ALIGN double low[32];
        HWY_ALIGN double high[32];
        hn::StoreInterleaved4(hn::Load(f64, rows), hn::Load(f64, rows + 8),
                              hn::Load(f64, rows + 16), hn::Load(f64, rows + 24), f64, low);
        hn::StoreInterleaved4(hn::Load(f64, rows + 32), hn::Load(f64, rows + 40),
                              hn::Load(f64, rows + 48), hn::Load(f64, rows + 56), f64, high);
        for (std::int64_t pair = 0; pair < 4; ++pair) {
            const Vec first = hn::Load(f64, low + 8 * pair);
            const Vec second = hn::Load(f64, high + 8 * pair);
            hn::Store(hn::ConcatLowerLower(f64, second, first), f64, out + 16 * pair);
            hn::Store(hn::ConcatUpperUpper(f64, second, first), f64, out + 16 * pair + 8);
        }
    }
#endif
}

template <class T>
void interleave_here(std::span<const Lane<T>> lanes, std::int64_t row, std::int64_t col,
                     std::int64_t rows, std::int64_t cols, double* out, LaneStrides strides) {
    const F64 f64;
    const std::int64_t step = lane_count_here();
    HWY_ALIGN double block[hn::MaxLanes(F64()) * hn::MaxLanes(F64())] = {};
    for (std::int64_t i = 0; i < rows; ++i) {
        double* const to = out + i * strides.row * step;
        std::int64_t j = 0;
        for (; j + step <= cols; j += step) {
            for (std::size_t b = 0; b < lanes.size(); ++b) {
                const Lane<T>& lane = lanes[b];
                if (lane.data == nullptr) continue;
                hn::Store(hn::Mul(load_wide(lane.data + (row + i) * lane.stride + col + j),
                                  hn::Set(f64, lane.factor)),
                          f64, block + static_cast<std::int64_t>(b) * step);
            }
            if (strides.col == 1) {
                transpose(block, to + j * step, step);
                continue;
            }
            HWY_ALIGN double turned[hn::MaxLanes(F64()) * hn::MaxLanes(F64())];
            transpose(block, turned, step);
            for (std::int64_t e = 0; e < step; ++e) {
                hn::Store(hn::Load(f64, turned + e * step), f64, to + (j + e) * strides.col * step);
            }
        }
        for (; j < cols; ++j) {
            for (std::int64_t b = 0; b < step; ++b) {
                const Lane<T> lane = b < static_cast<std::int64_t>(lanes.size())
                                         ? lanes[static_cast<std::size_t>(b)]
                                         : Lane<T>{};
                to[j * strides.col * step + b] =
                    lane.data == nullptr
                        ? 0.0
                        : static_cast<double>(lane.data[(row + i) * lane.stride + col + j]) *
                              lane.factor;
            }
        }
    }
}

void interleave_float(std::span<const Lane<float>> lanes, std::int64_t row, std::int64_t col,
                      std::int64_t rows, std::int64_t cols, double* out, LaneStrides strides) {
    interleave_here(lanes, row, col, rows, cols, out, strides);
}
void interleave_double(std::span<const Lane<double>> lanes, std::int64_t row, std::int64_t col,
                       std::int64_t rows, std::int64_t cols, double* out, LaneStrides strides) {
    interleave_here(lanes, row, col, rows, cols, out, strides);
}

#if HWY_TARGET <= HWY_AVX3
inline constexpr int block_rows = 4;
#else
inline constexpr int block_rows = 2;
#endif
inline constexpr int block_cols = 4;

/// Entry (i, j) of the lower triangle in column-major packed order.
HWY_INLINE std::int64_t packed(std::int64_t n, std::int64_t i, std::int64_t j) {
    return j * n - j * (j - 1) / 2 + (i - j);
}

/// g += X X^T over `count` values of k, X[i, k] at x + (i si + k sk) L; rows of X beyond n are
/// zeros up to a multiple of 4.
void gram_panel(std::int64_t n, std::int64_t count, const double* x, std::int64_t si,
                std::int64_t sk, double* g) {
    const F64 f64;
    const std::int64_t step = lane_count_here();
    for (std::int64_t i = 0; i < n; i += block_rows) {
        for (std::int64_t j = 0; j < i + block_rows && j < n; j += block_cols) {
            Vec sum[block_rows][block_cols];
            for (int r = 0; r < block_rows; ++r) {
                for (int c = 0; c < block_cols; ++c) {
                    sum[r][c] = i + r < n && j + c <= i + r
                                    ? hn::Load(f64, g + packed(n, i + r, j + c) * step)
                                    : hn::Zero(f64);
                }
            }
            const double* HWY_RESTRICT left = x + i * si * step;
            const double* HWY_RESTRICT right = x + j * si * step;
            for (std::int64_t k = 0; k < count; ++k, left += sk * step, right += sk * step) {
                Vec row[block_rows];
                for (int r = 0; r < block_rows; ++r)
                    row[r] = hn::Load(f64, left + r * si * step);
                for (int c = 0; c < block_cols; ++c) {
                    const Vec col = hn::Load(f64, right + c * si * step);
                    for (int r = 0; r < block_rows; ++r)
                        sum[r][c] = hn::MulAdd(row[r], col, sum[r][c]);
                }
            }
            for (int r = 0; r < block_rows; ++r) {
                for (int c = 0; c < block_cols; ++c) {
                    if (i + r < n && j + c <= i + r)
                        hn::Store(sum[r][c], f64, g + packed(n, i + r, j + c) * step);
                }
            }
        }
    }
}

/// tr(G), ||G||_F and the part of its square off the diagonal.
void gram_sums(std::int64_t n, const double* g, double* trace, double* frobenius,
               double* off_squares) {
    const F64 f64;
    const std::int64_t step = lane_count_here();
    Vec diagonal = hn::Zero(f64);
    Vec squares = hn::Zero(f64);
    Vec below = hn::Zero(f64);
    for (std::int64_t j = 0; j < n; ++j) {
        const Vec entry = hn::Load(f64, g);
        g += step;
        diagonal = hn::Add(diagonal, entry);
        squares = hn::MulAdd(entry, entry, squares);
        Vec column = hn::Zero(f64);
        for (std::int64_t i = j + 1; i < n; ++i, g += step) {
            const Vec off = hn::Load(f64, g);
            column = hn::MulAdd(off, off, column);
        }
        below = hn::Add(below, column);
    }
    const Vec off = hn::Add(below, below);
    hn::Store(diagonal, f64, trace);
    hn::Store(off, f64, off_squares);
    hn::Store(hn::Sqrt(hn::Add(squares, off)), f64, frobenius);
}

void gram_gap(std::int64_t n, std::int64_t batch, const double* g, const double* trace,
              const double* off_squares, double* gap) {
    const F64 f64;
    const std::int64_t step = lane_count_here();
    const Vec tr = hn::Load(f64, trace);
    const double share = 1.0 / static_cast<double>(batch);
    Vec squares = hn::Add(hn::Div(hn::Div(hn::Load(f64, off_squares), tr), tr),
                          hn::Set(f64, static_cast<double>(batch - n) * share * share));
    for (std::int64_t j = 0; j < n; ++j) {
        const Vec entry = hn::Load(f64, g + packed(n, j, j) * step);
        const Vec deviation = hn::Sub(hn::Div(entry, tr), hn::Set(f64, share));
        squares = hn::MulAdd(deviation, deviation, squares);
    }
    hn::Store(hn::Sqrt(squares), f64, gap);
}

}  // namespace rankchain::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rankchain::cpu {

HWY_EXPORT(lane_count_here);
HWY_EXPORT(interleave_float);
HWY_EXPORT(interleave_double);
HWY_EXPORT(gram_panel);
HWY_EXPORT(gram_sums);
HWY_EXPORT(gram_gap);

namespace {

constexpr std::int64_t panel_k = 64;

std::int64_t padded_side(std::int64_t n) {
    return (n + 3) / 4 * 4;
}

std::int64_t triangle(std::int64_t n) {
    return n * (n + 1) / 2;
}

}  // namespace

std::int64_t lane_count() {
    return HWY_DYNAMIC_DISPATCH(lane_count_here)();
}

void interleave(std::span<const Lane<float>> lanes, std::int64_t row, std::int64_t col,
                std::int64_t rows, std::int64_t cols, double* out, LaneStrides strides) {
    HWY_DYNAMIC_DISPATCH(interleave_float)(lanes, row, col, rows, cols, out, strides);
}
void interleave(std::span<const Lane<double>> lanes, std::int64_t row, std::int64_t col,
                std::int64_t rows, std::int64_t cols, double* out, LaneStrides strides) {
    HWY_DYNAMIC_DISPATCH(interleave_double)(lanes, row, col, rows, cols, out, strides);
}

template <class T>
void GramLanes::form(std::span<const Lane<T>> lanes, std::int64_t rows, std::int64_t cols) {
    n = std::min(rows, cols);
    k = std::max(rows, cols);
    const std::int64_t width = lane_count();
    const std::int64_t side = padded_side(n);
    const std::int64_t deep = std::min(panel_k, k);
    g.assign(static_cast<std::size_t>(triangle(n) * width), 0.0);
    panel_.assign(static_cast<std::size_t>(side * deep * width), 0.0);
    for (auto* const sum : {&trace, &frobenius, &off_squares})
        sum->resize(static_cast<std::size_t>(width));
    for (std::int64_t first = 0; first < k; first += deep) {
        const std::int64_t count = std::min(deep, k - first);
        if (rows <= cols) {
            interleave(lanes, 0, first, n, count, panel_.data(), {deep, 1});
            HWY_DYNAMIC_DISPATCH(gram_panel)(n, count, panel_.data(), deep, 1, g.data());
        } else {
            interleave(lanes, first, 0, count, n, panel_.data(), {side, 1});
            HWY_DYNAMIC_DISPATCH(gram_panel)(n, count, panel_.data(), 1, side, g.data());
        }
    }
    HWY_DYNAMIC_DISPATCH(gram_sums)
    (n, g.data(), trace.data(), frobenius.data(), off_squares.data());
}

template void GramLanes::form(std::span<const Lane<float>>, std::int64_t, std::int64_t);
template void GramLanes::form(std::span<const Lane<double>>, std::int64_t, std::int64_t);

void GramLanes::orthogonality_gap(std::int64_t batch, double* gap) const {
    HWY_DYNAMIC_DISPATCH(gram_gap)
    (n, batch, g.data(), trace.data(), off_squares.data(), gap);
}

std::int64_t GramLanes::bytes(std::int64_t rows, std::int64_t cols) {
    const std::int64_t n = std::min(rows, cols);
    const std::int64_t deep = std::min(panel_k, std::max(rows, cols));
    return 8 * lane_count() * (triangle(n) + padded_side(n) * deep + 3);
}

}  // namespace rankchain::cpu
#endif

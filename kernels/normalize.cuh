// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The norms, on a matrix spread over a block (lanes.cuh). Two passes in registers: means, then
// squares of deviations. What they count and when they fail: host/cpu/normalize.hpp. Here those of
// columns and of the whole; rows in normalize_rows.cuh.
#pragma once

#include "kernels/normalize_rows.cuh"

#include <cmath>

namespace rankchain::cuda {

/// Column by column over the warp's 16 rows of what is parked, into scratch.partial().
template <class Hidden, class Op, class Value>
__device__ __forceinline__ void column_partials(Op op, const Place& at, Hidden& hidden,
                                                const NormScratch<typename Hidden::T>& scratch,
                                                const Value& value) {
    using T = typename Hidden::T;
    T* const mine = scratch.partial() + at.warp * 8 * Hidden::tiles + at.first_column();
    RANKCHAIN_ROLLED
    for (int j = 0; j < Hidden::tiles; ++j) {
        T v[4];
        hidden.load(at, j, v);
        value(j, v);
        for (int c = 0; c < 2; ++c) {
            const T all = over_rows(op, op(v[c], v[2 + c]));
            if (at.g == 0) mine[8 * j + c] = all;
        }
    }
    at.sync();
}

/// One number a column, made from the warps' by one thread and there for all afterwards.
template <class T, int tiles, class Op, class Use>
__device__ __forceinline__ void each_column(Op op, const Place& at, const NormScratch<T>& scratch,
                                            const Use& use) {
    RANKCHAIN_ROLLED
    for (int n = at.thread; n < 8 * tiles; n += at.threads) {
        T v = scratch.partial()[n];
        RANKCHAIN_ROLLED
        for (int w = 1; w < at.warps; ++w)
            v = op(v, scratch.partial()[w * 8 * tiles + n]);
        use(n, v);
    }
    at.sync();
}

/// `layer`, `rms`: every column carefully, as normalize_row_carefully() does a row, because which
/// columns are unusual would have to be told to the block. Each pass reads z again from where H
/// was, so that no register holds it meanwhile.
template <class Hidden>
__device__ __forceinline__ void normalize_columns(const NormNumbers<typename Hidden::T>& norm,
                                                  const Place& at, unsigned layer, Hidden& hidden,
                                                  const NormScratch<typename Hidden::T>& scratch,
                                                  typename Hidden::T (&z)[Hidden::tiles][4],
                                                  Faults& faults) {
    using T = typename Hidden::T;
    constexpr int tiles = Hidden::tiles;
    const int own = at.first_column();
    bool finite = true;
    int degenerate = 0;

    at.sync();  // nobody reads the old H any more
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j)
        hidden.park(at, j, z[j]);
    column_partials(Largest(), at, hidden, scratch, [&](int j, T(&v)[4]) {
        if (at.warp == 0 && at.g == 0) {
            for (int c = 0; c < 2; ++c)
                scratch.first()[own + 8 * j + c] = v[c];
        }
        for (int q = 0; q < 4; ++q)
            v[q] = at.live[q / 2] ? std::fabs(v[q]) : T(0);
    });
    each_column<T, tiles>(Largest(), at, scratch, [&](int n, T largest) {
        if (!is_finite(largest)) finite = false;
        const PowerOfTwo<T> power = power_of_two(norm.root_eps > largest ? norm.root_eps : largest);
        scratch.down()[n] = power.down;
        scratch.shift()[n] = norm.center ? scratch.first()[n] * power.down : T(0);
        scratch.eps()[n] = norm.eps * power.down * power.down;
    });
    const auto shifted = [&](int j, T(&v)[4]) {
        for (int q = 0; q < 4; ++q) {
            const int n = own + 8 * j + q % 2;
            v[q] = at.live[q / 2] ? v[q] * scratch.down()[n] - scratch.shift()[n] : T(0);
        }
        hidden.park(at, j, v);
    };
    if (norm.center) {
        column_partials(Sum(), at, hidden, scratch, shifted);
        each_column<T, tiles>(Sum(), at, scratch, [&](int n, T sum) {
            scratch.shift()[n] = sum * norm.per_row;
            scratch.down()[n] = T(1);
        });
    }
    column_partials(Sum(), at, hidden, scratch, [&](int j, T(&v)[4]) {
        shifted(j, v);
        for (int q = 0; q < 4; ++q)
            v[q] *= v[q];
    });
    each_column<T, tiles>(Sum(), at, scratch, [&](int n, T sum) {
        const T divisor = std::sqrt(sum * norm.per_row + scratch.eps()[n]);
        scratch.factor()[n] = divisor == T(0) ? T(0) : T(1) / divisor;
        if (divisor == T(0) && n < norm.cols) ++degenerate;
        if (!is_finite(divisor)) finite = false;
    });
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        hidden.load(at, j, z[j]);
        for (int q = 0; q < 4; ++q)
            z[j][q] *= (scratch.factor() + own)[8 * j + q % 2];
    }
    faults.note(layer, finite, degenerate);
    spoil_failed(finite, z);
}

/// `none`: z sqrt(d N) / ||z||_F.
template <class T, int tiles>
__device__ __forceinline__ WholeScale normalize_whole(const NormNumbers<T>& norm, const Place& at,
                                                      unsigned layer, const NormScratch<T>& scratch,
                                                      T (&z)[tiles][4], Faults& faults) {
    RANKCHAIN_UNROLL
    for (int h = 0; h < 2; ++h) {
        if (!at.live[h]) fill_row(h, T(0), z);
    }
    T largest = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            largest = Largest()(largest, std::fabs(z[j][q]));
    }
    largest = over_block(Largest(), at, largest, scratch.whole());
    const bool finite = is_finite(largest);
    const PowerOfTwo<T> power = power_of_two(largest);
    T squares = 0;
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q) {
            z[j][q] *= power.down;
            squares = std::fma(z[j][q], z[j][q], squares);
        }
    }
    squares = over_block(Sum(), at, squares, scratch.whole() + at.warps);
    const T size = static_cast<T>(norm.rows) * static_cast<T>(norm.batch);
    const T factor = squares == T(0) ? T(0) : std::sqrt(size) / std::sqrt(squares);
    RANKCHAIN_UNROLL
    for (int j = 0; j < tiles; ++j) {
        for (int q = 0; q < 4; ++q)
            z[j][q] *= factor;
    }
    faults.note(layer, finite, at.thread == 0 && squares == T(0) ? 1 : 0);
    spoil_failed(finite, z);
    if (squares == T(0)) return {};
    return {static_cast<double>(factor), -power.exponent};
}

}  // namespace rankchain::cuda

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for every instruction set by Highway's foreach_target; the best one the machine
// has is chosen at run time.
#include "host/cpu/product.hpp"

#include <hwy/cache_control.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/product.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Rows and vectors of columns that one block keeps in registers: R V sums, V of h and one of w
// are 19 or 28 of AVX-512's 32 registers, 15 or 16 of the 16 of the other x86 sets.
#if HWY_TARGET <= HWY_AVX3
inline constexpr int block_rows = 8;
inline constexpr int block_vectors = 3;
#else
inline constexpr int block_rows = 4;
inline constexpr int block_vectors = 3;
#endif

// From one row of h to the next is further than hardware prefetchers look. An H that does not stay
// in the second-level cache is called this many rows ahead of its turn.
inline constexpr std::int64_t rows_ahead = 16;
inline constexpr std::int64_t near_bytes = std::int64_t{1} << 20;

// R rows by V vectors of z. h and the residual have the same stride: both are H.
template <int R, int V, bool Far, class T>
HWY_NOINLINE void block(const ProductOperands<T>& o, std::int64_t row, std::int64_t col) {
    const hn::ScalableTag<T> tag;
    using Vec = hn::Vec<decltype(tag)>;
    const auto step = static_cast<std::int64_t>(hn::Lanes(tag));
    Vec sum[R][V];
    for (int r = 0; r < R; ++r) {
        for (int v = 0; v < V; ++v)
            sum[r][v] = hn::Zero(tag);
    }
    const T* HWY_RESTRICT w = o.w + row * o.w_stride;
    const T* HWY_RESTRICT h = o.h + col;
    for (std::int64_t k = 0; k < o.k; ++k, ++w, h += o.h_stride) {
        Vec x[V];
        for (int v = 0; v < V; ++v) {
            if constexpr (Far) hwy::Prefetch(h + rows_ahead * o.h_stride + v * step);
            x[v] = hn::Load(tag, h + v * step);
        }
        for (int r = 0; r < R; ++r) {
            const Vec weight = hn::Set(tag, w[r * o.w_stride]);
            for (int v = 0; v < V; ++v)
                sum[r][v] = hn::MulAdd(weight, x[v], sum[r][v]);
        }
    }
    const Vec factor = hn::Set(tag, o.factor);
    for (int r = 0; r < R; ++r) {
        T* HWY_RESTRICT z = o.z + (row + r) * o.z_stride + col;
        for (int v = 0; v < V; ++v) {
            const Vec scaled = o.residual == nullptr
                                   ? hn::Mul(sum[r][v], factor)
                                   : hn::MulAdd(sum[r][v], factor,
                                                hn::Load(tag, o.residual + (row + r) * o.h_stride +
                                                                  col + v * step));
            hn::Store(scaled, tag, z + v * step);
        }
    }
}

template <int V, bool Far, class T>
HWY_INLINE void rows_of(const ProductOperands<T>& o, std::int64_t col) {
    std::int64_t row = 0;
    for (; row + block_rows <= o.rows; row += block_rows)
        block<block_rows, V, Far>(o, row, col);
    if constexpr (block_rows > 4) {
        if (row + 4 <= o.rows) {
            block<4, V, Far>(o, row, col);
            row += 4;
        }
    }
    if (row + 2 <= o.rows) {
        block<2, V, Far>(o, row, col);
        row += 2;
    }
    if (row < o.rows) block<1, V, Far>(o, row, col);
}

template <bool Far, class T>
HWY_INLINE void columns_of(const ProductOperands<T>& o) {
    const auto step = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
    const std::int64_t vectors = padded<T>(o.cols) / step;
    std::int64_t v = 0;
    // Threes, but no lone vector at the end where two twos do.
    while (vectors - v >= block_vectors && vectors - v != 4) {
        rows_of<block_vectors, Far>(o, v * step);
        v += block_vectors;
    }
    for (; vectors - v >= 2; v += 2)
        rows_of<2, Far>(o, v * step);
    if (v < vectors) rows_of<1, Far>(o, v * step);
}

template <class T>
void product_of(const ProductOperands<T>& o) {
    const std::int64_t bytes = o.k * o.h_stride * static_cast<std::int64_t>(sizeof(T));
    if (bytes > near_bytes) {
        columns_of<true>(o);
    } else {
        columns_of<false>(o);
    }
}

void product_float(const ProductOperands<float>& o) {
    product_of(o);
}
void product_double(const ProductOperands<double>& o) {
    product_of(o);
}
const char* target() {
    return hwy::TargetName(HWY_TARGET);
}

}  // namespace rankchain::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rankchain::cpu {

HWY_EXPORT(product_float);
HWY_EXPORT(product_double);
HWY_EXPORT(target);

void product(const ProductOperands<float>& operands) {
    HWY_DYNAMIC_DISPATCH(product_float)(operands);
}
void product(const ProductOperands<double>& operands) {
    HWY_DYNAMIC_DISPATCH(product_double)(operands);
}
const char* vector_target() {
    return HWY_DYNAMIC_DISPATCH(target)();
}

}  // namespace rankchain::cpu
#endif

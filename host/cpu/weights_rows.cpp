// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiled once for every instruction set by Highway's foreach_target; the best one the machine
// has is chosen at run time.
#include "host/cpu/weights_rows.hpp"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "host/cpu/weights_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target, which sets the target it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rankchain::cpu::HWY_NAMESPACE {

using arith::Law;
using arith::philox_m0;
using arith::philox_m1;
using arith::PhiloxRun;

#if HWY_TARGET == HWY_SCALAR  // the fallback below the oldest vector set: no vectors

#include "host/arith/formula.inl"

/// Elements of `count` consecutive blocks, 4 * count floats.
template <Law law>
void fill_blocks(const PhiloxRun& run, std::int64_t first, std::int64_t count,
                 float* HWY_RESTRICT out) {
    using arith::Scalar;
    for (std::int64_t k = 0; k < count; ++k) {
        std::uint32_t r0, r1, r2, r3;
        philox<Scalar>(run, static_cast<std::uint32_t>(first + k), r0, r1, r2, r3);
        element_pair<Scalar, law>(r0, r1, out[4 * k], out[4 * k + 1]);
        element_pair<Scalar, law>(r2, r3, out[4 * k + 2], out[4 * k + 3]);
    }
}

constexpr std::int64_t group_elements() {
    return 4;
}

/// The vector part of store_signs(): none.
HWY_INLINE std::int64_t store_sign_vectors(const std::uint32_t*, std::int64_t, float*) {
    return 0;
}

#else

#include "host/cpu/simd-inl.hpp"

template <class A, Law law>
HWY_INLINE void store_elements(const PhiloxRun& run, typename A::Word block,
                               float* HWY_RESTRICT out) {
    typename A::Word r0, r1, r2, r3;
    philox<A>(run, block, r0, r1, r2, r3);
    typename A::F32 even, odd;
    element_pair<A, law>(A::join(r0, r2), A::join(r1, r3), even, odd);
    A::store(even, odd, out);
}

/// Elements of `count` consecutive blocks, 4 * count floats.
template <Law law>
void fill_blocks(const PhiloxRun& run, std::int64_t first, std::int64_t count,
                 float* HWY_RESTRICT out) {
    const std::int64_t wide = Wide::block_count(), end = first + count;
    auto block = Wide::blocks(first);
    for (; end - first >= wide; first += wide) {
        store_elements<Wide, law>(run, block, out);
        block = Wide::advance(block, wide);
        out += 4 * wide;
    }
    const std::int64_t narrow = Simd::block_count();
    for (; first < end; first += narrow) {
        HWY_ALIGN float last[2 * HWY_MAX_BYTES / sizeof(float)];
        const bool whole = end - first >= narrow;
        store_elements<Simd, law>(run, Simd::blocks(first), whole ? out : last);
        if (!whole) std::copy_n(last, 4 * (end - first), out);
        if (whole) out += 4 * narrow;
    }
}

HWY_INLINE std::int64_t group_elements() {
    return 4 * Simd::block_count();
}

/// As many of `count` signs as fill whole vectors; returns how many.
HWY_INLINE std::int64_t store_sign_vectors(const std::uint32_t* HWY_RESTRICT words,
                                           std::int64_t count, float* HWY_RESTRICT out) {
    HWY_ALIGN static constexpr std::uint32_t shifts[32] = {
        31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
        15, 14, 13, 12, 11, 10, 9,  8,  7,  6,  5,  4,  3,  2,  1,  0};
    const LanesU32 u32;
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(u32));
    static_assert(hn::MaxLanes(LanesU32()) <= 32, "a vector takes its bits from one word");
    std::int64_t k = 0;
    for (; k + lanes <= count; k += lanes) {
        const auto bits = hn::Shl(hn::Set(u32, words[k / 32]), hn::LoadU(u32, shifts + k % 32));
        hn::StoreU(sign<Simd>(bits), LanesF32(), out + k);
    }
    return k;
}

#endif

/// Blocks made at a time where they do not go straight to their place.
constexpr std::int64_t buffer_blocks = 256;

template <Law law>
void fill(const PhiloxRun& run, std::int64_t cols, std::int64_t first_row, std::int64_t row_count,
          float* out, std::int64_t stride) {
    const std::int64_t in_row = arith::row_blocks(cols, 4);
    std::int64_t block = first_row * in_row;
    if (cols % 4 == 0 && stride == cols) {
        return fill_blocks<law>(run, block, row_count * in_row, out);
    }
    if (cols % group_elements() == 0) {
        for (std::int64_t i = 0; i < row_count; ++i) {
            fill_blocks<law>(run, block + i * in_row, in_row, out + i * stride);
        }
        return;
    }
    // Rows end within a block or a vector: make the blocks of several rows as one run.
    HWY_ALIGN float buffer[4 * buffer_blocks];
    const std::int64_t end = block + row_count * in_row;
    std::int64_t col = 0;
    while (block < end) {
        const std::int64_t made = std::min(buffer_blocks, end - block);
        fill_blocks<law>(run, block, made, buffer);
        for (std::int64_t used = 0; used < made;) {
            const std::int64_t take = std::min(made - used, in_row - col / 4);
            std::copy_n(buffer + 4 * used, std::min(4 * take, cols - col), out + col);
            used += take;
            col += 4 * take;
            if (col >= cols) {
                col = 0;
                out += stride;
            }
        }
        block += made;
    }
}

/// Signs from the bits of `words`, count at most 128.
HWY_INLINE void store_signs(const std::uint32_t* HWY_RESTRICT words, std::int64_t count,
                            float* HWY_RESTRICT out) {
    std::int64_t k = store_sign_vectors(words, count, out);
    for (; k < count; ++k)
        out[k] = sign<arith::Scalar>(words[k / 32] << (31 - k % 32));
}

void fill_signs(const PhiloxRun& run, std::int64_t cols, std::int64_t first_row,
                std::int64_t row_count, float* out, std::int64_t stride) {
    const std::int64_t in_row = arith::row_blocks(cols, 128);
    std::int64_t block = first_row * in_row;
    const std::int64_t end = block + row_count * in_row;
    HWY_ALIGN float buffer[4 * buffer_blocks];
    std::uint32_t words[4];
    std::int64_t col = 0;
    while (block < end) {
        const std::int64_t made = std::min(buffer_blocks, end - block);
        fill_blocks<Law::bits>(run, block, made, buffer);
        for (std::int64_t used = 0; used < made; ++used) {
            hwy::CopyBytes<sizeof words>(buffer + 4 * used, words);
            store_signs(words, std::min<std::int64_t>(128, cols - col), out + col);
            col += 128;
            if (col >= cols) {
                col = 0;
                out += stride;
            }
        }
        block += made;
    }
}

void fill_law(Law law, const PhiloxRun& run, std::int64_t cols, std::int64_t first_row,
              std::int64_t row_count, float* out, std::int64_t stride) {
    switch (law) {
        case Law::gaussian:
            return fill<Law::gaussian>(run, cols, first_row, row_count, out, stride);
        case Law::uniform:
            return fill<Law::uniform>(run, cols, first_row, row_count, out, stride);
        case Law::uniform_positive:
            return fill<Law::uniform_positive>(run, cols, first_row, row_count, out, stride);
        case Law::half_normal:
            return fill<Law::half_normal>(run, cols, first_row, row_count, out, stride);
        case Law::rademacher:
            return fill_signs(run, cols, first_row, row_count, out, stride);
        case Law::bits:
            return fill<Law::bits>(run, cols, first_row, row_count, out, stride);
    }
}

}  // namespace rankchain::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rankchain::cpu {

HWY_EXPORT(fill_law);

void fill_rows(arith::Law law, const arith::PhiloxRun& run, std::int64_t cols,
               std::int64_t first_row, std::int64_t row_count, float* out, std::int64_t stride) {
    HWY_DYNAMIC_DISPATCH(fill_law)(law, run, cols, first_row, row_count, out, stride);
}

}  // namespace rankchain::cpu
#endif

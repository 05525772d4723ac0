// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The arithmetic of host/arith/formula.inl on whole vectors, for the instruction set Highway is
// compiling. Included once for each, inside HWY_NAMESPACE; hence no include guard.

#include "host/arith/formula.inl"

namespace hn = hwy::HWY_NAMESPACE;

using LanesF32 = hn::ScalableTag<float>;
using LanesU32 = hn::ScalableTag<std::uint32_t>;
using LanesI32 = hn::ScalableTag<std::int32_t>;
using LanesU64 = hn::Repartition<std::uint64_t, LanesU32>;

#if !HWY_NATIVE_FMA
/// a b + c rounded once, in the lanes of half a vector. The product is exact in float64; the sum is
/// rounded there to odd (away from an even last bit where it is not exact), which makes its
/// rounding to float32 the rounding of the exact sum (Boldo & Melquiond 2008): 53 >= 24 + 2 bits.
template <class D, class V>
HWY_INLINE V fma_half(D d, V a, V b, V c) {
    const hn::Rebind<double, D> f64;
    const hn::Rebind<std::int64_t, D> i64;
    const auto p = hn::Mul(hn::PromoteTo(f64, a), hn::PromoteTo(f64, b));
    const auto q = hn::PromoteTo(f64, c);
    const auto sum = hn::Add(p, q);
    const auto q_part = hn::Sub(sum, p);
    const auto error = hn::Add(hn::Sub(p, hn::Sub(sum, q_part)), hn::Sub(q, q_part));
    const auto bits = hn::BitCast(i64, sum);
    const auto one = hn::Set(i64, 1);
    // +1 where the error points away from zero, -1 where towards it; only even, only inexact.
    const auto away = hn::Or(hn::BroadcastSignBit(hn::Xor(bits, hn::BitCast(i64, error))), one);
    const auto even = hn::Sub(hn::And(bits, one), one);
    const auto inexact = hn::BitCast(i64, hn::VecFromMask(f64, hn::Ne(error, hn::Zero(f64))));
    const auto step = hn::And(hn::And(away, even), inexact);
    return hn::DemoteTo(d, hn::BitCast(f64, hn::Add(bits, step)));
}
#endif

struct Simd {
    using Word =
        hn::Vec<LanesU64>;  ///< a block's word in the low half of each lane, rubbish above it
    using U32 = hn::Vec<LanesU32>;
    using F32 = hn::Vec<LanesF32>;

    static HWY_INLINE Word word(std::uint32_t x) {
        return hn::BitCast(LanesU64(), hn::Set(LanesU32(), x));
    }
    static HWY_INLINE Word xor2(Word a, Word b) { return hn::Xor(a, b); }
    static HWY_INLINE Word xor3(Word a, Word b, Word c) { return hn::Xor3(a, b, c); }
    static HWY_INLINE void multiply(std::uint32_t m, Word x, Word& high, Word& low) {
        low = hn::MulEven(hn::BitCast(LanesU32(), x), hn::Set(LanesU32(), m));
        high = hn::ShiftRight<32>(low);
    }

    static HWY_INLINE U32 bit_and(U32 a, std::uint32_t b) {
        return hn::And(a, hn::Set(LanesU32(), b));
    }
    static HWY_INLINE U32 bit_or(U32 a, std::uint32_t b) {
        return hn::Or(a, hn::Set(LanesU32(), b));
    }
    static HWY_INLINE U32 bit_xor(U32 a, U32 b) { return hn::Xor(a, b); }
    static HWY_INLINE U32 add(U32 a, std::uint32_t b) { return hn::Add(a, hn::Set(LanesU32(), b)); }
    static HWY_INLINE U32 subtract(U32 a, U32 b) { return hn::Sub(a, b); }
    template <int bits>
    static HWY_INLINE U32 shift_left(U32 a) {
        return hn::ShiftLeft<bits>(a);
    }
    template <int bits>
    static HWY_INLINE U32 shift_right(U32 a) {
        return hn::ShiftRight<bits>(a);
    }

    static HWY_INLINE F32 from_signed(U32 a) {
        return hn::ConvertTo(LanesF32(), hn::BitCast(LanesI32(), a));
    }
    static HWY_INLINE F32 from_bits(U32 a) { return hn::BitCast(LanesF32(), a); }
    static HWY_INLINE U32 to_bits(F32 a) { return hn::BitCast(LanesU32(), a); }
    static HWY_INLINE F32 number(float x) { return hn::Set(LanesF32(), x); }
    static HWY_INLINE F32 add(F32 a, float b) { return hn::Add(a, hn::Set(LanesF32(), b)); }
    static HWY_INLINE F32 mul(F32 a, F32 b) { return hn::Mul(a, b); }
    static HWY_INLINE F32 fma(F32 a, F32 b, F32 c) {
#if HWY_NATIVE_FMA
        return hn::MulAdd(a, b, c);
#else
        const hn::Half<LanesF32> half;
        const auto low =
            fma_half(half, hn::LowerHalf(half, a), hn::LowerHalf(half, b), hn::LowerHalf(half, c));
        const auto high =
            fma_half(half, hn::UpperHalf(half, a), hn::UpperHalf(half, b), hn::UpperHalf(half, c));
        return hn::Combine(LanesF32(), high, low);
#endif
    }
    static HWY_INLINE F32 sqrt(F32 a) {
        return hn::Sqrt(a);
    }
    template <int bit>
    static HWY_INLINE F32 select(U32 word, F32 yes, F32 no) {
        const U32 a = hn::ShiftLeft<31 - bit>(word);
#if HWY_TARGET == HWY_SSSE3 || HWY_TARGET == HWY_EMU128
        // Highway 1.0.3 selects bit by bit on the one, and takes -0 for no negative on the other.
        const auto mask = hn::BroadcastSignBit(hn::BitCast(LanesI32(), a));
        return hn::IfThenElse(hn::MaskFromVec(hn::BitCast(LanesF32(), mask)), yes, no);
#else
        return hn::IfNegativeThenElse(hn::BitCast(LanesF32(), a), yes, no);
#endif
    }

    // Not part of the formula: from blocks to elements in order.

    /// Blocks handled at a time.
    static HWY_INLINE std::int64_t block_count() {
        return static_cast<std::int64_t>(hn::Lanes(LanesU64()));
    }
    /// Counter words from `first` on. Lane 2k has block k and lane 2k + 1 block K + k, K the number
    /// of 128-bit parts, so that store(), interleaving within those parts, puts each in its place.
    static HWY_INLINE Word blocks(std::int64_t first) {
        const LanesU64 u64;
        const auto lane = hn::Iota(u64, 0);
        const auto odd = hn::Sub(hn::Zero(u64), hn::And(lane, hn::Set(u64, 1)));
        const auto part = hn::And(odd, hn::Set(u64, hn::Lanes(u64) / 2));
        return hn::Add(hn::Add(hn::ShiftRight<1>(lane), part),
                       hn::Set(u64, static_cast<std::uint64_t>(first)));
    }
    static HWY_INLINE Word advance(Word block, std::int64_t by) {
        return hn::Add(block, hn::Set(LanesU64(), static_cast<std::uint64_t>(by)));
    }
    /// Words m and m + 2 of a block in 32-bit lanes side by side.
    static HWY_INLINE U32 join(Word m, Word m_plus_2) {
        return hn::OddEven(hn::BitCast(LanesU32(), hn::ShiftLeft<32>(m_plus_2)),
                           hn::BitCast(LanesU32(), m));
    }
    /// Even and odd elements of joined blocks.
    static HWY_INLINE void store(F32 even, F32 odd, float* HWY_RESTRICT out) {
        const LanesF32 f32;
        hn::StoreU(hn::InterleaveLower(f32, even, odd), f32, out);
        hn::StoreU(hn::InterleaveUpper(f32, even, odd), f32, out + hn::Lanes(f32));
    }
};

/// Two vectors side by side: two chains of dependent instructions for the processor to
/// overlap.
template <class A>
struct Twice {
    template <class V>
    struct Pair {
        V a, b;
    };
    using Word = Pair<typename A::Word>;
    using U32 = Pair<typename A::U32>;
    using F32 = Pair<typename A::F32>;

    static HWY_INLINE Word word(std::uint32_t x) { return {A::word(x), A::word(x)}; }
    static HWY_INLINE Word xor2(Word x, Word y) { return {A::xor2(x.a, y.a), A::xor2(x.b, y.b)}; }
    static HWY_INLINE Word xor3(Word x, Word y, Word z) {
        return {A::xor3(x.a, y.a, z.a), A::xor3(x.b, y.b, z.b)};
    }
    static HWY_INLINE void multiply(std::uint32_t m, Word x, Word& high, Word& low) {
        A::multiply(m, x.a, high.a, low.a);
        A::multiply(m, x.b, high.b, low.b);
    }
    static HWY_INLINE U32 bit_and(U32 x, std::uint32_t y) {
        return {A::bit_and(x.a, y), A::bit_and(x.b, y)};
    }
    static HWY_INLINE U32 bit_xor(U32 x, U32 y) {
        return {A::bit_xor(x.a, y.a), A::bit_xor(x.b, y.b)};
    }
    static HWY_INLINE U32 add(U32 x, std::uint32_t y) { return {A::add(x.a, y), A::add(x.b, y)}; }
    static HWY_INLINE U32 subtract(U32 x, U32 y) {
        return {A::subtract(x.a, y.a), A::subtract(x.b, y.b)};
    }
    template <int bits>
    static HWY_INLINE U32 shift_left(U32 x) {
        return {A::template shift_left<bits>(x.a), A::template shift_left<bits>(x.b)};
    }
    template <int bits>
    static HWY_INLINE U32 shift_right(U32 x) {
        return {A::template shift_right<bits>(x.a), A::template shift_right<bits>(x.b)};
    }
    static HWY_INLINE F32 from_signed(U32 x) { return {A::from_signed(x.a), A::from_signed(x.b)}; }
    static HWY_INLINE F32 from_bits(U32 x) { return {A::from_bits(x.a), A::from_bits(x.b)}; }
    static HWY_INLINE U32 to_bits(F32 x) { return {A::to_bits(x.a), A::to_bits(x.b)}; }
    static HWY_INLINE F32 number(float x) { return {A::number(x), A::number(x)}; }
    static HWY_INLINE F32 add(F32 x, float y) { return {A::add(x.a, y), A::add(x.b, y)}; }
    static HWY_INLINE F32 mul(F32 x, F32 y) { return {A::mul(x.a, y.a), A::mul(x.b, y.b)}; }
    static HWY_INLINE F32 fma(F32 x, F32 y, F32 z) {
        return {A::fma(x.a, y.a, z.a), A::fma(x.b, y.b, z.b)};
    }
    static HWY_INLINE F32 sqrt(F32 x) { return {A::sqrt(x.a), A::sqrt(x.b)}; }
    template <int bit>
    static HWY_INLINE F32 select(U32 x, F32 yes, F32 no) {
        return {A::template select<bit>(x.a, yes.a, no.a),
                A::template select<bit>(x.b, yes.b, no.b)};
    }

    static HWY_INLINE std::int64_t block_count() { return 2 * A::block_count(); }
    static HWY_INLINE Word blocks(std::int64_t first) {
        return {A::blocks(first), A::blocks(first + A::block_count())};
    }
    static HWY_INLINE Word advance(Word block, std::int64_t by) {
        return {A::advance(block.a, by), A::advance(block.b, by)};
    }
    static HWY_INLINE U32 join(Word x, Word y) { return {A::join(x.a, y.a), A::join(x.b, y.b)}; }
    static HWY_INLINE void store(F32 even, F32 odd, float* HWY_RESTRICT out) {
        A::store(even.a, odd.a, out);
        A::store(even.b, odd.b, out + 4 * A::block_count());
    }
};

#if HWY_HAVE_SCALABLE  // whose vectors cannot be members
using Wide = Simd;
#else
using Wide = Twice<Simd>;
#endif

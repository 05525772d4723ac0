// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// __syncthreads, shuffles, votes, atomics, and the tf32 tensor-core product.
#pragma once

#include "simt/machine.hpp"

inline void __syncthreads(int line = __builtin_LINE()) {
    simt::block_sync(line);
}
inline void __syncwarp(unsigned mask = ~0u, int line = __builtin_LINE()) {
    simt::warp_exchange(mask, 0, "__syncwarp", nullptr, 0, line);
}
namespace simt {
template <class T, class F>
T shfl(int kind, const char* what, unsigned mask, T v, int line, F src) {
    static_assert(sizeof(T) <= 32);
    auto s = warp_exchange(mask, kind, what, &v, sizeof v, line);
    const int from = src(M().cur & 31), w = M().cur >> 5;
    if (from < 0) return v;
    if (w * 32 + from >= M().n || !(mask >> from & 1))
        die(std::string(what) + ": reads lane " + std::to_string(from) + " outside the mask, " +
            where(line));
    T r;
    std::memcpy(&r, s[from], sizeof r);
    return r;
}
}  // namespace simt
template <class T>
T __shfl_xor_sync(unsigned m, T v, int x, int w = 32, int line = __builtin_LINE()) {
    return simt::shfl(1, "__shfl_xor_sync", m, v, line, [=](int l) {
        int s = l ^ x;
        return s / w > l / w ? -1 : s;
    });
}
template <class T>
T __shfl_sync(unsigned m, T v, int s, int w = 32, int line = __builtin_LINE()) {
    return simt::shfl(2, "__shfl_sync", m, v, line,
                      [=](int l) { return l / w * w + (s & (w - 1)); });
}
template <class T>
T __shfl_down_sync(unsigned m, T v, unsigned d, int w = 32, int line = __builtin_LINE()) {
    return simt::shfl(3, "__shfl_down_sync", m, v, line, [=](int l) {
        int s = l + int(d);
        return s / w == l / w && s < 32 ? s : -1;
    });
}
template <class T>
T __shfl_up_sync(unsigned m, T v, unsigned d, int w = 32, int line = __builtin_LINE()) {
    return simt::shfl(4, "__shfl_up_sync", m, v, line, [=](int l) {
        int s = l - int(d);
        return s >= l / w * w ? s : -1;
    });
}
inline unsigned __ballot_sync(unsigned m, int p, int line = __builtin_LINE()) {
    uint8_t b = p != 0;
    auto s = simt::warp_exchange(m, 5, "__ballot_sync", &b, 1, line);
    unsigned r = 0;
    for (int l = 0; l < 32; ++l)
        if ((m >> l & 1) && (simt::M().cur / 32 * 32 + l < simt::M().n) && s[l][0]) r |= 1u << l;
    return r;
}
template <class T>
__attribute__((noinline, no_sanitize("thread"))) T atomicAdd(T* p, T v) {
    if (simt::hooks().atomic) simt::hooks().atomic(p, sizeof *p);
    T o = *p;
    *p = o + v;
    return o;
}
inline int __clz(unsigned x) {
    return x == 0 ? 32 : __builtin_clz(x);
}
inline int __ffs(unsigned x) {
    return __builtin_ffs(static_cast<int>(x));
}
inline unsigned __float_as_uint(float x) {
    unsigned u;
    std::memcpy(&u, &x, 4);
    return u;
}
inline float __uint_as_float(unsigned u) {
    float x;
    std::memcpy(&x, &u, 4);
    return x;
}
inline float rsqrtf(float x) {
    return 1.0f / std::sqrt(x);
}
template <class T>
T __ldg(const T* p) {
    return *p;
}
inline void __threadfence() {}

namespace simt {  // warp-level tensor op: D = A(16x8, tf32) * B(8x8, tf32) + C(16x8, f32), PTX
                  // fragment layout of mma.m16n8k8
inline void mma_m16n8k8_tf32(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                             int line) {
    struct {
        uint32_t a[4], b[2];
    } mine;
    std::memcpy(mine.a, a, 16);
    std::memcpy(mine.b, b, 8);
    for (uint32_t v : mine.a)
        if (v & 0x1fff)
            die("mma tf32: operand A was not rounded with cvt.rna.tf32, " + where(line));
    for (uint32_t v : mine.b)
        if (v & 0x1fff)
            die("mma tf32: operand B was not rounded with cvt.rna.tf32, " + where(line));
    auto s = warp_exchange(~0u, 9, "mma.m16n8k8", &mine, sizeof mine, line);
    const int lane = M().cur & 31, g = lane >> 2, t = lane & 3;
    auto word = [&](int l, int i) {
        float r;
        std::memcpy(&r, s[l] + 4 * i, 4);
        return r;
    };
    for (int e = 0; e < 4; ++e) {
        const int row = g + (e & 2 ? 8 : 0), col = 2 * t + (e & 1);
        double acc = c[e];
        for (int k = 0; k < 8; ++k)
            acc += double(word((row & 7) * 4 + (k & 3), (row >> 3) + 2 * (k >> 2))) *
                   word(col * 4 + (k & 3), 4 + (k >> 2));
        c[e] = float(acc);
    }
}
// D = A(16x8) * B(8x8) + C(16x8) in float64, fragments as above, one fused multiply-add after the
// other over k.
inline void mma_m16n8k8_f64(double (&c)[4], const double (&a)[4], const double (&b)[2], int line) {
    double mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
    auto s = warp_exchange(~0u, 10, "mma.m16n8k8.f64", mine, sizeof mine, line);
    const int lane = M().cur & 31, g = lane >> 2, t = lane & 3;
    auto word = [&](int l, int i) {
        double r;
        std::memcpy(&r, s[l] + 8 * i, 8);
        return r;
    };
    for (int e = 0; e < 4; ++e) {
        const int row = g + (e & 2 ? 8 : 0), col = 2 * t + (e & 1);
        for (int k = 0; k < 8; ++k)
            c[e] = std::fma(word((row & 7) * 4 + (k & 3), (row >> 3) + 2 * (k >> 2)),
                            word(col * 4 + (k & 3), 4 + (k >> 2)), c[e]);
    }
}
}  // namespace simt

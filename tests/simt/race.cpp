// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Finds races and reads of memory nobody wrote. Link this with kernels compiled with
// -fsanitize=thread but without libtsan: the compiler calls __tsan_readN and __tsan_writeN at every
// load and store, and these definitions check them against CUDA's rules. Accesses are ordered by
// program order, by __syncthreads, by a whole-warp __syncwarp inside one warp, and by nothing
// between the blocks of a launch. One run in one order finds a race of any order. This file itself
// is not compiled with -fsanitize.
#include <cstdlib>
#include <unordered_set>

#include <cuda_runtime.h>
namespace {
struct Cell {
    unsigned launch = 0, wblock = 0, wbep = 0, wwep = 0, rblock = 0, rbep = 0, rwarps = 0, rwep = 0,
             rlanes = 0;
    short wt = -1, rwarp = -1;
    bool init = false, watomic = false, rmany = false;
};
struct Region {
    uintptr_t lo, hi;
    int kind;
    std::vector<Cell> c;
};
std::vector<std::unique_ptr<Region>> regions;
unsigned launch_id = 0, preempt = 0;
uint64_t rng = 99, accesses = 0;
bool inside = false,
     armed = false;  // the linker may pick instrumented copies of inline functions: never re-enter
struct Guard {
    Guard() { inside = true; }
    ~Guard() { inside = false; }
};
Region* find(uintptr_t a) {
    for (auto& r : regions)
        if (a >= r->lo && a < r->hi) return r.get();
    return nullptr;
}
void region(void* p, size_t n, int kind) {
    Guard g;
    const auto lo = (uintptr_t)p;
    if (kind == 1) {
        armed = true;
        ++launch_id;
        if (p == nullptr || find(lo)) return;
    }
    if (kind == 0) {
        regions.erase(
            std::remove_if(regions.begin(), regions.end(), [&](auto& r) { return r->lo == lo; }),
            regions.end());
        return;
    }
    auto r = std::make_unique<Region>();
    r->lo = lo;
    r->hi = lo + n;
    r->kind = kind;
    r->c.resize((n + 3) / 4);
    regions.push_back(std::move(r));
}
void block_begin() {
    Guard g;
    for (auto& r : regions)
        if (r->kind == 1) std::fill(r->c.begin(), r->c.end(), Cell{});
}
void init(const void* p, size_t n) {
    Guard g;
    if (Region* r = find((uintptr_t)p))
        for (size_t i = 0; i < n; i += 4)
            r->c[((uintptr_t)p - r->lo + i) / 4].init = true;
}
void access(uintptr_t a, size_t n, bool write, bool atomic, void* pc) {
    if (!armed || inside) return;
    Guard g;
    Region* r = find(a);
    simt::Machine& m = simt::M();
    if (!r || m.cur < 0) return;
    ++accesses;
    const int t = m.cur, warp = t >> 5, lane = t & 31;
    const unsigned bep = m.block_epoch, wep = m.warp_epoch[warp], blk = m.block_id;
    const char* bad = nullptr;
    int other = -1;
    for (size_t i = (a - r->lo) / 4; i <= (a + n - 1 - r->lo) / 4 && i < r->c.size(); ++i) {
        Cell& c = r->c[i];
        if (c.launch != launch_id) {
            const bool k = c.init;
            c = Cell{};
            c.init = k;
            c.launch = launch_id;
        }
        if (!write && !c.init) bad = "read of memory nobody wrote";
        if (c.wt >= 0 && !(atomic && c.watomic)) {
            const bool same = c.wblock == blk,
                       ordered = same &&
                                 (c.wt == t || c.wbep < bep || (c.wt >> 5 == warp && c.wwep < wep));
            if (!ordered) {
                bad = write ? "write after unordered write" : "read after unordered write";
                other = c.wt;
            }
        }
        if (write) {
            if (c.rmany || (c.rwarps && c.rblock != blk))
                bad = "write after unordered read by another block";
            else if (c.rwarps && c.rbep == bep &&
                     ((c.rwarps & ~(1u << warp)) ||
                      (c.rwarp == warp && c.rwep == wep && (c.rlanes & ~(1u << lane))))) {
                bad = "write after unordered read";
                other = c.rwarp * 32;
            }
            c.wt = short(t);
            c.wblock = blk;
            c.wbep = bep;
            c.wwep = wep;
            c.watomic = atomic;
            c.init = true;
        } else {
            if (c.rwarps && c.rblock != blk) c.rmany = true;
            if (c.rbep != bep || c.rblock != blk) {
                c.rbep = bep;
                c.rblock = blk;
                c.rwarps = 0;
                c.rwarp = -1;
            }
            c.rwarps |= 1u << warp;
            if (c.rwarp != warp || c.rwep != wep) {
                c.rwarp = short(warp);
                c.rwep = wep;
                c.rlanes = 0;
            }
            c.rlanes |= 1u << lane;
        }
        if (bad) {
            char s[256];
            (void)snprintf(s, sizeof s,
                           "RACE/INIT: %s: %s+%zu, thread %d of block %u, other thread ~%d, pc %p "
                           "(addr2line -Cfie EXE pc-1 with -no-pie)",
                           bad, r->kind == 1 ? "shared" : "global", size_t(a - r->lo), t, blk,
                           other, pc);
            m.error = s;
            inside = false;
            simt::to_main(true);
        }
    }
    if (preempt && simt::rnd(rng) % preempt == 0) {
        inside = false;
        simt::preempt();
    }
}
struct Install {
    Install() {
        auto& h = simt::hooks();
        h.region = region;
        h.block_begin = block_begin;
        h.init = init;
        h.atomic = [](const void* p, size_t n) {
            access((uintptr_t)p, n, true, true, __builtin_return_address(0));
        };
        if (const char* e = getenv("SIMT_PREEMPT")) preempt = (int)std::strtol(e, nullptr, 10);
    }
} install;  // NOLINT(cert-err58-cpp): a test without memory may end
}  // namespace
// The names are the compiler's.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#define RW(N)                                                               \
    void __tsan_read##N(void* p) {                                          \
        access((uintptr_t)p, N, false, false, __builtin_return_address(0)); \
    }                                                                       \
    void __tsan_write##N(void* p) {                                         \
        access((uintptr_t)p, N, true, false, __builtin_return_address(0));  \
    }                                                                       \
    void __tsan_unaligned_read##N(void* p) {                                \
        access((uintptr_t)p, N, false, false, __builtin_return_address(0)); \
    }                                                                       \
    void __tsan_unaligned_write##N(void* p) {                               \
        access((uintptr_t)p, N, true, false, __builtin_return_address(0));  \
    }
extern "C" {
RW(1) RW(2) RW(4) RW(8) RW(16) void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
void __tsan_read_range(void* p, unsigned long n) {
    access((uintptr_t)p, n, false, false, __builtin_return_address(0));
}
void __tsan_write_range(void* p, unsigned long n) {
    access((uintptr_t)p, n, true, false, __builtin_return_address(0));
}
void* __tsan_memcpy(void* d, const void* s, unsigned long n) {
    return memcpy(d, s, n);
}
void* __tsan_memset(void* d, int c, unsigned long n) {
    return memset(d, c, n);
}
void* __tsan_memmove(void* d, const void* s, unsigned long n) {
    return memmove(d, s, n);
}
uint32_t __tsan_atomic32_fetch_add(volatile uint32_t* p, uint32_t v, int) {
    access((uintptr_t)p, 4, true, true, __builtin_return_address(0));
    uint32_t o = *p;
    *p = o + v;
    return o;
}
uint8_t __tsan_atomic8_load(const volatile uint8_t* p, int) {
    return *p;
}
uint32_t __tsan_atomic32_load(const volatile uint32_t* p, int) {
    return *p;
}
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

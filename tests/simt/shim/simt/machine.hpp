// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// One fiber a CUDA thread, block after block on one CPU thread: scheduler, barriers, warp
// rendezvous, dynamic shared memory. See tests/simt/README.md.
#pragma once

#include "simt/language.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define SIMT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIMT_ASAN 1
#endif
#endif
#ifdef SIMT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SIMT_POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define SIMT_UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define SIMT_POISON(p, n) ((void)0)
#define SIMT_UNPOISON(p, n) ((void)0)
#endif
#if !defined(__x86_64__) && !defined(SIMT_UCONTEXT)
#define SIMT_UCONTEXT 1
#endif
#ifdef SIMT_UCONTEXT
#include <ucontext.h>
#endif

namespace simt {
// ---- hooks that simt_race.cpp fills in when it is linked (all optional)
// ------------------------------------------
struct Hooks {
    void (*region)(void*, size_t, int kind) = nullptr;  // kind 1: shared, 2: global, 0: forget
    void (*block_begin)() = nullptr;
    void (*init)(const void*, size_t) = nullptr;    // host wrote these bytes
    void (*atomic)(const void*, size_t) = nullptr;  // device atomic access
    void (*launch)(const void* kernel) = nullptr;   // launches.cpp's
};
inline Hooks& hooks() {
    static Hooks h;
    return h;
}

struct Options {
    uint64_t seed = 0;
    bool strict_sites = true, shuffle_blocks = true;
    bool deferred = false;  // streams.hpp
    size_t stack = 128 << 10;
    size_t device_bytes = size_t(16) << 30;
};
inline Options& opt() {
    static Options o;
    return o;
}
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum State : uint8_t { Ready, AtBlock, AtWarp, Done };
struct Fiber {
#ifdef SIMT_UCONTEXT
    ucontext_t ctx;
#else
    void* sp;
#endif
    char* stack = nullptr;
    void* fake = nullptr;
    State st;
    int line;
    const char* what;
    uint3 tid;
    unsigned warp_epoch;
};
struct WarpOp {
    uint32_t arrived = 0;
    int kind = 0, line = 0;
    size_t bytes = 0;
    unsigned gen = 0;
    uint8_t slot[2][32][64];
};
struct Machine {
    std::vector<Fiber> f;
    std::vector<int> ready;
    std::vector<std::map<uint32_t, WarpOp>> warps;
    std::vector<unsigned> warp_epoch;
    unsigned block_epoch = 0, block_id = 0;
    int cur = -1, n = 0, alive = 0, at_bar = 0, bar_line = 0;
    uint64_t rng = 0, steps = 0;
    std::function<void()> body;
    std::string error;
    size_t stack_bytes = 0, dyn = 0;
    unsigned char* dyn_mem = nullptr;
    size_t dyn_cap = 0;
    bool carved = false;
#ifdef SIMT_UCONTEXT
    ucontext_t main_ctx;
#else
    void* main_sp;
#endif
    const void* main_bottom = nullptr;
    size_t main_size = 0;
    void* main_fake = nullptr;
};
inline Machine& M() {
    static Machine* m = new Machine;
    return *m;
}
inline uint64_t rnd(uint64_t& s) {
    s += 0x9E3779B97F4A7C15ull;
    uint64_t z = s;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

#ifndef SIMT_UCONTEXT
extern "C" void simt_switch(void** save, void* to);
asm(R"(
.section .text.simt_switch,"axG",@progbits,simt_switch,comdat
.weak simt_switch
.type simt_switch,@function
simt_switch:
    pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
    movq %rsp,(%rdi)
    movq %rsi,%rsp
    popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
    ret
.size simt_switch,.-simt_switch
.text
)");
#endif
inline void to_main(bool dying) {  // called on a fiber: hand control back to the scheduler
    Machine& m = M();
    Fiber& f = m.f[m.cur];
#ifdef SIMT_ASAN
    __sanitizer_start_switch_fiber(dying ? nullptr : &f.fake, m.main_bottom, m.main_size);
#endif
    (void)dying;
#ifdef SIMT_UCONTEXT
    swapcontext(&f.ctx, &m.main_ctx);
#else
    simt_switch(&f.sp, m.main_sp);
#endif
#ifdef SIMT_ASAN
    __sanitizer_finish_switch_fiber(f.fake, nullptr, nullptr);
#endif
}
inline void to_fiber(int i) {
    Machine& m = M();
    Fiber& f = m.f[i];
    m.cur = i;
    threadIdx = f.tid;
    ++m.steps;
#ifdef SIMT_ASAN
    __sanitizer_start_switch_fiber(&m.main_fake, f.stack, m.stack_bytes);
#endif
#ifdef SIMT_UCONTEXT
    swapcontext(&m.main_ctx, &f.ctx);
#else
    simt_switch(&m.main_sp, f.sp);
#endif
#ifdef SIMT_ASAN
    __sanitizer_finish_switch_fiber(m.main_fake, nullptr, nullptr);
#endif
    m.cur = -1;
}
// By value and moved: the fiber is abandoned, and nothing left on its stack is freed.
[[noreturn]] inline void die(std::string s) {
    M().error = std::move(s);
    to_main(true);
    std::abort();
}
inline std::string where(int line) {
    Machine& m = M();
    Fiber& f = m.f[m.cur];
    return "line " + std::to_string(line) + ", thread (" + std::to_string(f.tid.x) + "," +
           std::to_string(f.tid.y) + "," + std::to_string(f.tid.z) + ") of block " +
           std::to_string(m.block_id);
}
inline void wake(int i) {
    Machine& m = M();
    m.f[i].st = Ready;
    m.ready.push_back(i);
}
inline void release_block() {
    Machine& m = M();
    m.at_bar = 0;
    ++m.block_epoch;
    for (int i = 0; i < m.n; ++i)
        if (m.f[i].st == AtBlock) wake(i);
}
inline void preempt() {
    Machine& m = M();
    if (m.cur < 0) return;
    wake(m.cur);
    to_main(false);
}  // used by the race build
inline void block_sync(int line) {
    Machine& m = M();
    Fiber& f = m.f[m.cur];
    if (m.at_bar == 0)
        m.bar_line = line;
    else if (opt().strict_sites && m.bar_line != line)
        die("barrier divergence: __syncthreads at " + where(line) +
            " meets threads waiting at line " + std::to_string(m.bar_line));
    f.st = AtBlock;
    f.line = line;
    f.what = "__syncthreads";
    if (++m.at_bar == m.alive) release_block();
    to_main(false);
}
// All lanes of mask deposit `bytes`; returns the 32 slots once every one has arrived.
inline uint8_t (*warp_exchange(uint32_t mask, int kind, const char* what, const void* p,
                               size_t bytes, int line))[64] {
    Machine& m = M();
    Fiber& f = m.f[m.cur];
    const int lane = m.cur & 31, w = m.cur >> 5, base = w * 32;
    const uint32_t exist = m.n - base >= 32 ? ~0u : (1u << (m.n - base)) - 1;
    mask &= exist;
    if (!(mask >> lane & 1))
        die(std::string(what) + ": caller's lane is not in the mask, " + where(line));
    for (int l = 0; l < 32; ++l)
        if ((mask >> l & 1) && m.f[base + l].st == Done)
            die(std::string(what) + ": mask names lane " + std::to_string(l) +
                " which has exited, " + where(line));
    WarpOp& op = m.warps[w][mask];
    if (op.arrived &&
        (op.kind != kind || op.bytes != bytes || (opt().strict_sites && op.line != line)))
        die(std::string(what) + ": lanes of one mask meet in different warp operations (lines " +
            std::to_string(op.line) + " and " + std::to_string(line) + "), " + where(line));
    op.kind = kind;
    op.bytes = bytes;
    op.line = line;
    auto slots = op.slot[op.gen & 1];
    if (bytes) std::memcpy(slots[lane], p, bytes);
    op.arrived |= 1u << lane;
    f.st = AtWarp;
    f.line = line;
    f.what = what;
    if (op.arrived == mask) {
        op.arrived = 0;
        ++op.gen;
        if (kind == 0 && mask == exist) ++m.warp_epoch[w];
        for (int l = 0; l < 32; ++l)
            if (mask >> l & 1) wake(base + l);
    }
    to_main(false);
    return slots;  // the other parity is used next, so these stay valid until every lane has come
                   // back
}
inline void fiber_main() {
    Machine& m = M();
#ifdef SIMT_ASAN
    __sanitizer_finish_switch_fiber(nullptr, &m.main_bottom, &m.main_size);
#endif
    try {
        m.body();
    } catch (const std::exception& e) {
        m.error = std::string("exception left the kernel: ") + e.what();
    }
    m.f[m.cur].st = Done;
    --m.alive;
    if (m.alive && m.at_bar == m.alive) release_block();
    to_main(true);
}
inline void prepare(Fiber& f) {
    Machine& m = M();
    if (!f.stack) {
        char* p = (char*)mmap(nullptr, m.stack_bytes + 4096, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) throw Error("simt: no memory for fiber stacks");
        mprotect(p, 4096, PROT_NONE);
        f.stack = p + 4096;  // a kernel that overruns its stack faults instead of corrupting
    }
    SIMT_UNPOISON(f.stack, m.stack_bytes);  // frames of an abandoned fiber may still be poisoned
#ifdef SIMT_UCONTEXT
    getcontext(&f.ctx);
    f.ctx.uc_stack.ss_sp = f.stack;
    f.ctx.uc_stack.ss_size = m.stack_bytes;
    f.ctx.uc_link = nullptr;
    makecontext(&f.ctx, (void (*)())fiber_main, 0);
#else
    void** sp = (void**)(f.stack + m.stack_bytes);
    *--sp = nullptr;
    *--sp = (void*)fiber_main;
    sp -= 6;
    f.sp = sp;  // 6 registers; entry sees rsp % 16 == 8
#endif
}
inline std::string stuck() {
    Machine& m = M();
    std::map<std::string, int> c;
    std::string s = "deadlock in block " + std::to_string(m.block_id) + ":";
    for (int i = 0; i < m.n; ++i)
        if (m.f[i].st != Done)
            ++c[std::string(m.f[i].what) + " line " + std::to_string(m.f[i].line)];
    for (auto& e : c)
        s += " " + std::to_string(e.second) + " threads wait at " + e.first + ";";
    return s + " " + std::to_string(m.n - m.alive) + " exited";
}
inline void run(dim3 g, dim3 b, size_t dyn, std::function<void()> body) {
    Machine& m = M();
    m.body = std::move(body);
    gridDim = g;
    blockDim = b;
    m.dyn = dyn;
    m.error.clear();
    if (m.cur >= 0) throw Error("nested launch");
    const uint64_t nb = uint64_t(g.x) * g.y * g.z;
    m.n = b.x * b.y * b.z;
    if (m.n < 1 || m.n > 1024 || nb < 1 || g.y > 65535 || g.z > 65535 || g.x > 0x7fffffffu)
        throw Error("invalid launch configuration");
    if (dyn > m.dyn_cap)
        throw Error("dynamic shared memory asked for exceeds the array declared to the shim");
    if (m.stack_bytes != opt().stack || (int)m.f.size() < m.n) {
        for (auto& f : m.f)
            if (f.stack) munmap(f.stack - 4096, m.stack_bytes + 4096);
        m.f.assign(m.n, Fiber{});
        m.stack_bytes = opt().stack;
    }
    m.rng = opt().seed;
    std::vector<unsigned> order(nb);
    for (uint64_t i = 0; i < nb; ++i)
        order[i] = unsigned(i);
    if (opt().shuffle_blocks && opt().seed)
        for (uint64_t i = nb - 1; i; --i)
            std::swap(order[i], order[rnd(m.rng) % (i + 1)]);
    if (hooks().region) hooks().region(m.dyn_mem, m.dyn_cap, 1);
    for (unsigned id : order) {
        m.block_id = id;
        blockIdx = {id % g.x, id / g.x % g.y, id / g.x / g.y};
        m.alive = m.n;
        m.at_bar = 0;
        m.warps.assign((m.n + 31) / 32, {});
        m.warp_epoch.assign((m.n + 31) / 32, 0);
        m.block_epoch = 0;
        m.carved = false;
        if (m.dyn_mem) {
            SIMT_UNPOISON(m.dyn_mem, m.dyn_cap);
            std::memset(m.dyn_mem, 0xff, m.dyn_cap);
            SIMT_POISON(m.dyn_mem + dyn, m.dyn_cap - dyn);
        }
        if (hooks().block_begin) hooks().block_begin();
        m.ready.clear();
        for (int i = 0; i < m.n; ++i) {
            prepare(m.f[i]);
            m.f[i].tid = {i % b.x, i / b.x % b.y, i / b.x / b.y};
            m.f[i].fake = nullptr;
            m.f[i].what = "start";
            m.f[i].line = 0;
            wake(i);
        }
        size_t fifo = 0;
        while (m.alive) {
            if (!m.error.empty()) throw Error(m.error);
            if (fifo == m.ready.size()) throw Error(stuck());
            if (opt().seed)
                std::swap(m.ready[fifo], m.ready[fifo + rnd(m.rng) % (m.ready.size() - fifo)]);
            const int i = m.ready[fifo++];
            if (fifo > 65536) {
                m.ready.erase(m.ready.begin(), m.ready.begin() + fifo);
                fifo = 0;
            }
            to_fiber(i);
        }
        if (!m.error.empty()) throw Error(m.error);
    }
    if (m.dyn_mem) SIMT_UNPOISON(m.dyn_mem, m.dyn_cap);
}
struct DynReg {
    DynReg(void* p, size_t n) {
        M().dyn_mem = (unsigned char*)p;
        M().dyn_cap = n;
    }
};
// Carves arrays out of dynamic shared memory. The device twin only bumps; here a poisoned gap
// follows every array and the sum of the *logical* sizes is checked against what the launch asked
// for.
struct Carver {
    unsigned char* base;
    size_t logical = 0, phys = 0;
    static constexpr size_t gap = 64;
    explicit Carver(unsigned char* b) : base(b) {
        if (!M().carved) {
            M().carved = true;
            SIMT_POISON(b, M().dyn_cap);
        }
    }
    template <class T>
    T* take(size_t n, int line = __builtin_LINE()) {
        logical = (logical + 15) / 16 * 16 + n * sizeof(T);
        phys = (phys + 15) / 16 * 16;
        if (logical > M().dyn)
            die("kernel carves " + std::to_string(logical) +
                " B of dynamic shared memory, launch gave " + std::to_string(M().dyn) + ", " +
                where(line));
        if (phys + n * sizeof(T) + gap > M().dyn_cap) die("shim's dynamic shared array too small");
        T* r = (T*)(base + phys);
        SIMT_UNPOISON(r, n * sizeof(T));
        phys += n * sizeof(T) + gap;
        return r;
    }
};
}  // namespace simt
// One such line per dynamic shared array name, in the namespace in which the kernels declare it.
#define SIMT_DYNAMIC_SHARED(name, bytes)                  \
    alignas(1024) thread_local unsigned char name[bytes]; \
    static simt::DynReg simt_reg_##name {                 \
        name, bytes                                       \
    }

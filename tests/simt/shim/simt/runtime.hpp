// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// As much of the CUDA runtime as host-side code needs to compile unchanged: memory, copies,
// launches, one device.
#pragma once

#include "simt/builtins.hpp"
#include "simt/streams.hpp"

enum cudaMemcpyKind {
    cudaMemcpyHostToHost,
    cudaMemcpyHostToDevice,
    cudaMemcpyDeviceToHost,
    cudaMemcpyDeviceToDevice,
    cudaMemcpyDefault
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaDeviceAttr {
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76,
    cudaDevAttrMaxSharedMemoryPerBlockOptin = 97
};
struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem, sharedMemPerBlock, sharedMemPerBlockOptin;
    int warpSize, major, minor, multiProcessorCount;
};
struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    size_t dynamicSmemBytes;
    cudaStream_t stream;
    void* attrs;
    unsigned numAttrs;
};

namespace simt {
constexpr size_t shared_default = 48 << 10, shared_optin = 227 << 10;  // bytes a block
struct Heap {
    std::map<uintptr_t, size_t> device, pinned;
    size_t in_use = 0, most = 0;              // on the device
    std::map<const void*, int> shared_bytes;  // a kernel may ask for
};
inline Heap& heap() {
    static Heap h;
    return h;
}
inline bool is_pinned(const void* p) {
    auto at = heap().pinned.upper_bound(uintptr_t(p));
    return at != heap().pinned.begin() &&
           uintptr_t(p) - std::prev(at)->first < std::prev(at)->second;
}
// A new device: nothing allocated, nothing enqueued, nothing counted, nothing injected.
inline void reset() {
    streams().clear();
    events().clear();
    for (auto& b : heap().device) {
        if (hooks().region) hooks().region((void*)b.first, 0, 0);
        std::free((void*)b.first);
    }
    for (auto& b : heap().pinned)
        std::free((void*)b.first);
    heap() = {};
    calls() = {};
    injection() = {};
    stream_order() = opt().seed;
}
inline void copy(void* d, const void* s, size_t n) {
    if (!n) return;  // from or to nowhere is no mistake then
    std::memmove(d, s, n);
    if (hooks().init) hooks().init(d, n);
}
}  // namespace simt

template <class... P, class... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* c, void (*k)(P...), A&&... a) {
    const cudaError_t e = simt::gate("cudaLaunchKernelEx");
    if (e != cudaSuccess) return e;
    const auto allowed = simt::heap().shared_bytes.find((const void*)k);
    const size_t limit =
        std::max(simt::shared_default,
                 allowed == simt::heap().shared_bytes.end() ? size_t(0) : size_t(allowed->second));
    if (c->dynamicSmemBytes > limit) return simt::answer(cudaErrorInvalidValue);
    std::tuple<P...> args(std::forward<A>(a)...);
    simt::enqueue(c->stream, [k, args, g = c->gridDim, b = c->blockDim, n = c->dynamicSmemBytes] {
        simt::run(g, b, n, [&] { std::apply(k, args); });
        if (simt::hooks().launch) simt::hooks().launch((const void*)k);
    });
    return cudaSuccess;
}
template <class K>
cudaError_t cudaFuncSetAttribute(K k, cudaFuncAttribute, int value) {
    const cudaError_t e = simt::gate("cudaFuncSetAttribute");
    if (e != cudaSuccess) return e;
    if (value < 0 || size_t(value) > simt::shared_optin) return simt::answer(cudaErrorInvalidValue);
    simt::heap().shared_bytes[(const void*)k] = value;
    return e;
}

template <class T>
cudaError_t cudaMalloc(T** p, size_t n) {
    const cudaError_t e = simt::gate("cudaMalloc");
    if (e != cudaSuccess) return e;
    simt::Heap& h = simt::heap();
    if (++simt::calls().mallocs == simt::injection().malloc_at ||
        n > simt::opt().device_bytes - h.in_use)
        return simt::answer(cudaErrorMemoryAllocation);
    // On the boundary that the runtime promises, and without slack behind, for the sanitizer.
    void* raw = nullptr;
    if (posix_memalign(&raw, 256, n ? n : 1)) return simt::answer(cudaErrorMemoryAllocation);
    *p = (T*)raw;
    std::memset(raw, 0xff, n);
    h.device[uintptr_t(raw)] = n;
    h.in_use += n;
    h.most = std::max(h.most, h.in_use);
    if (simt::hooks().region) simt::hooks().region(raw, n, 2);
    return e;
}
inline cudaError_t cudaFree(void* p) {
    const cudaError_t e = simt::gate("cudaFree");
    if (e != cudaSuccess || !p) return e;
    simt::drain_all();  // as the runtime does
    const auto at = simt::heap().device.find(uintptr_t(p));
    if (at == simt::heap().device.end()) return simt::answer(cudaErrorInvalidValue);
    simt::heap().in_use -= at->second;
    simt::heap().device.erase(at);
    if (simt::hooks().region) simt::hooks().region(p, 0, 0);
    std::free(p);
    return e;
}
template <class T>
cudaError_t cudaMallocHost(T** p, size_t n) {
    const cudaError_t e = simt::gate("cudaMallocHost");
    if (e != cudaSuccess) return e;
    *p = (T*)std::malloc(n ? n : 1);
    std::memset((void*)*p, 0xff, n);
    simt::heap().pinned[uintptr_t(*p)] = n;
    return e;
}
inline cudaError_t cudaFreeHost(void* p) {
    const cudaError_t e = simt::gate("cudaFreeHost");
    if (e != cudaSuccess || !p) return e;
    simt::drain_all();
    if (!simt::heap().pinned.erase(uintptr_t(p))) return simt::answer(cudaErrorInvalidValue);
    std::free(p);
    return e;
}
inline cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
    const cudaError_t e = simt::gate("cudaMemGetInfo");
    if (e != cudaSuccess) return e;
    *total = simt::opt().device_bytes;
    *free = *total - simt::heap().in_use;
    return e;
}

inline cudaError_t cudaMemcpy(void* d, const void* s, size_t n, cudaMemcpyKind) {
    const cudaError_t e = simt::gate("cudaMemcpy");
    if (e == cudaSuccess) simt::copy(d, s, n);
    return e;
}
// Ordinary memory that goes to the device is read now, as the runtime does; all else in its turn.
inline cudaError_t cudaMemcpyAsync(void* d, const void* s, size_t n, cudaMemcpyKind kind,
                                   cudaStream_t stream = nullptr) {
    const cudaError_t e = simt::gate("cudaMemcpyAsync");
    if (e != cudaSuccess) return e;
    if (kind == cudaMemcpyHostToDevice && !simt::is_pinned(s) && stream && simt::opt().deferred) {
        const std::vector<unsigned char> now((const unsigned char*)s, (const unsigned char*)s + n);
        simt::enqueue(stream, [=] { simt::copy(d, now.data(), n); });
    } else {
        simt::enqueue(stream, [=] { simt::copy(d, s, n); });
    }
    return e;
}
inline cudaError_t cudaMemsetAsync(void* d, int value, size_t n, cudaStream_t stream = nullptr) {
    const cudaError_t e = simt::gate("cudaMemsetAsync");
    if (e != cudaSuccess) return e;
    simt::enqueue(stream, [=] {
        std::memset(d, value, n);
        if (simt::hooks().init) simt::hooks().init(d, n);
    });
    return e;
}
inline cudaError_t cudaMemset(void* d, int value, size_t n) {
    return cudaMemsetAsync(d, value, n);
}

inline cudaError_t cudaGetDeviceCount(int* n) {
    const cudaError_t e = simt::gate("cudaGetDeviceCount");
    if (e == cudaSuccess) *n = 1;
    return e;
}
inline cudaError_t cudaSetDevice(int i) {
    const cudaError_t e = simt::gate("cudaSetDevice");
    return e == cudaSuccess && i != 0 ? simt::answer(cudaErrorInvalidDevice) : e;
}
inline cudaError_t cudaGetDevice(int* i) {
    const cudaError_t e = simt::gate("cudaGetDevice");
    if (e == cudaSuccess) *i = 0;
    return e;
}
inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* p, int i) {
    const cudaError_t e = simt::gate("cudaGetDeviceProperties");
    if (e != cudaSuccess) return e;
    if (i != 0) return simt::answer(cudaErrorInvalidDevice);
    *p = {"Emulated device",
          simt::opt().device_bytes,
          simt::shared_default,
          simt::shared_optin,
          warpSize,
          9,
          0,
          4};
    return e;
}
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int i) {
    cudaDeviceProp p{};
    const cudaError_t e = cudaGetDeviceProperties(&p, i);
    if (e != cudaSuccess) return e;
    switch (attribute) {
        case cudaDevAttrMultiProcessorCount:
            *value = p.multiProcessorCount;
            break;
        case cudaDevAttrComputeCapabilityMajor:
            *value = p.major;
            break;
        case cudaDevAttrComputeCapabilityMinor:
            *value = p.minor;
            break;
        case cudaDevAttrMaxSharedMemoryPerBlockOptin:
            *value = int(p.sharedMemPerBlockOptin);
            break;
    }
    return e;
}
inline cudaError_t cudaRuntimeGetVersion(int* version) {
    *version = 13000;
    return cudaSuccess;
}
inline cudaError_t cudaDriverGetVersion(int* version) {
    *version = 13000;
    return cudaSuccess;
}

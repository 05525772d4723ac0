// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// As much of the CUDA runtime as host-side launch code needs to compile unchanged.
#pragma once

#include "simt/builtins.hpp"

enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9
};
enum cudaMemcpyKind {
    cudaMemcpyHostToHost,
    cudaMemcpyHostToDevice,
    cudaMemcpyDeviceToHost,
    cudaMemcpyDeviceToDevice,
    cudaMemcpyDefault
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
using cudaStream_t = struct CUstream_st*;
struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    size_t dynamicSmemBytes;
    cudaStream_t stream;
    void* attrs;
    unsigned numAttrs;
};
template <class... P, class... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* c, void (*k)(P...), A&&... a) {
    std::tuple<P...> args(std::forward<A>(a)...);
    simt::run(c->gridDim, c->blockDim, c->dynamicSmemBytes, [&] { std::apply(k, args); });
    return cudaSuccess;
}
template <class K>
cudaError_t cudaFuncSetAttribute(K, cudaFuncAttribute, int) {
    return cudaSuccess;
}
template <class T>
cudaError_t cudaMalloc(T** p, size_t n) {
    if (simt::M().mallocs++ >= simt::opt().fail_malloc_after)
        return cudaErrorMemoryAllocation;  // fault injection
    *p = (T*)std::malloc(n ? n : 1);
    std::memset((void*)*p, 0xff, n);
    if (simt::hooks().region) simt::hooks().region(*p, n, 2);
    return cudaSuccess;
}
inline cudaError_t cudaFree(void* p) {
    if (simt::hooks().region) simt::hooks().region(p, 0, 0);
    std::free(p);
    return cudaSuccess;
}
inline cudaError_t cudaMemcpy(void* d, const void* s, size_t n, cudaMemcpyKind) {
    std::memcpy(d, s, n);
    if (simt::hooks().init) simt::hooks().init(d, n);
    return cudaSuccess;
}
inline cudaError_t cudaDeviceSynchronize() {
    return cudaSuccess;
}
inline cudaError_t cudaGetLastError() {
    return cudaSuccess;
}

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the libraries beside the runtime share: their handles and versions, faults to order, and
// what was asked of them. Batched functions are in cublas.cpp and cusolver.cpp, over CBLAS and
// LAPACKE.
#pragma once

#include "simt/streams.hpp"

#include <cstdint>

enum libraryPropertyType { MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL };
enum cudaDataType { CUDA_R_32F = 0, CUDA_R_64F = 1 };

namespace simt {
// Owned here, so that a handle that a lost device keeps from being destroyed is no leak.
template <class T>
std::vector<std::unique_ptr<T>>& handles() {
    static std::vector<std::unique_ptr<T>> all;
    return all;
}
template <class T>
T* new_handle() {
    handles<T>().push_back(std::make_unique<T>());
    return handles<T>().back().get();
}
template <class T>
bool delete_handle(T* handle) {
    auto& all = handles<T>();
    const auto at =
        std::find_if(all.begin(), all.end(), [=](auto& p) { return p.get() == handle; });
    if (at == all.end()) return false;
    all.erase(at);
    return true;
}
template <class T>
bool known_handle(const T* handle) {
    return known(handles<T>(), handle);
}

// A library's functions that make and destroy a T, with the statuses they answer.
template <class T, class Status>
Status create(const char* call, T** handle, Status done, Status refused) {
    if (gate(call) != cudaSuccess) return refused;
    *handle = new_handle<T>();
    return done;
}
template <class T, class Status>
Status destroy(const char* call, T* handle, Status done, Status refused, Status unknown) {
    if (gate(call) != cudaSuccess) return refused;
    return delete_handle(handle) ? done : unknown;
}

// Something that goes wrong once, in the call number `after` of `call` from now on (0: the next).
struct LibraryFault {
    std::string call;  // "cusolverDnXsyevBatched"
    int64_t after = 0;
    int status = 0;      // not 0: the call answers it and does nothing
    int64_t matrix = 0;  // else: this matrix of the batch gets this info, and NaN for values
    int info = 0;
    int64_t matrices = 1;  // so do the next ones, so many in all
};
struct Libraries {
    std::vector<LibraryFault> faults;
    std::map<std::string, std::vector<int64_t>> batches;  // of every batched call, its matrices
    int64_t spoiled = 0;  // matrices handed in with an entry that is not finite
};
inline Libraries& libraries() {
    static Libraries all;
    return all;
}
// The real cusolverDnXsyevBatched refuses more than about so many matrices.
constexpr int64_t syev_batch_limit = 32000;
}  // namespace simt

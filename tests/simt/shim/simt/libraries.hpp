// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What the libraries beside the runtime share: their handles and versions.
#pragma once

#include "simt/streams.hpp"

enum libraryPropertyType { MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL };

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
}  // namespace simt

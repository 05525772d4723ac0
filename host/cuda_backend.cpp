// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cuda_backend.hpp"

#include <rankchain/error.hpp>
#include <rankchain/version.hpp>

#include <cstring>
#include <filesystem>
#include <string>

#include <dlfcn.h>

namespace rankchain {
namespace {

#define RANKCHAIN_TEXT_OF(number) #number
#define RANKCHAIN_TEXT(number) RANKCHAIN_TEXT_OF(number)
constexpr const char* library_file = "librankchain_cuda.so." RANKCHAIN_TEXT(
    RANKCHAIN_VERSION_MAJOR) "." RANKCHAIN_TEXT(RANKCHAIN_VERSION_MINOR);
#undef RANKCHAIN_TEXT
#undef RANKCHAIN_TEXT_OF

// The folder of the shared library or program that this code is in.
std::filesystem::path own_folder() {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(&cuda_backend), &info) == 0 ||
        info.dli_fname == nullptr) {
        return {};
    }
    std::error_code error;
    const std::filesystem::path file = std::filesystem::canonical(info.dli_fname, error);
    return error ? std::filesystem::path() : file.parent_path();
}

const CudaBackend& open_backend() {
    const std::filesystem::path folder = own_folder();
    const std::filesystem::path beside = folder / library_file;
    std::error_code error;
    const bool is_beside = !folder.empty() && std::filesystem::exists(beside, error);
    // Never closed: what it made may live until the process ends.
    void* const library =
        ::dlopen(is_beside ? beside.c_str() : library_file, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* const said = ::dlerror();
        const std::string why = said == nullptr ? "unknown error" : said;
        // The loader names the file that it missed: this one, or one that this one needs.
        if (!is_beside && why.rfind(library_file, 0) == 0) {
            throw NotCompiled("the CUDA backend is not installed: there is no " +
                              std::string(library_file) + " in " + folder.string() +
                              " or where the system looks for libraries");
        }
        throw DeviceError("the CUDA backend cannot be loaded: " + why);
    }
    using Entry = const CudaBackend* (*)();
    const auto entry = reinterpret_cast<Entry>(::dlsym(library, cuda_backend_symbol));
    if (entry == nullptr) {
        throw DeviceError(std::string(library_file) + " has no " + cuda_backend_symbol +
                          ": it is no CUDA backend of Rankchain");
    }
    const CudaBackend* const backend = entry();
    constexpr const char* own = RANKCHAIN_VERSION " (" RANKCHAIN_GIT_REVISION ")";
    if (std::strcmp(backend->version, own) != 0) {
        throw DeviceError(std::string(library_file) + " is of Rankchain " + backend->version +
                          ", this is Rankchain " + own + "; install both from one build");
    }
    return *backend;
}

}  // namespace

const CudaBackend& cuda_backend() {
    static const CudaBackend& backend = open_backend();
    return backend;
}

}  // namespace rankchain

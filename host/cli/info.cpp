// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include "host/cli/json.hpp"
#include <rankchain/error.hpp>
#include <rankchain/version.hpp>

#include <cstdlib>

#include <unistd.h>

namespace rankchain::cli {
namespace {

std::string cpu_line() {
    const DeviceInfo info = describe({Device::Kind::cpu, 0, 0});
    return info.name + ", " + std::to_string(info.threads) +
           (info.threads == 1 ? " thread" : " threads") + "\n                 " + info.arithmetic;
}

// Every CUDA device, or what is missing.
std::string cuda_lines() {
    const std::string missing = why_no_cuda();
    if (!missing.empty()) return "none: " + missing;
    std::string lines;
    for (int ordinal = 0;; ++ordinal) {
        try {
            const DeviceInfo info = describe({Device::Kind::cuda, ordinal, 0});
            if (!lines.empty()) lines += "\n                 ";
            lines += info.name + "\n                 " + info.arithmetic;
        } catch (const DeviceError& error) {
            // Beyond the last one; the first was there a moment ago.
            return lines.empty() ? std::string("none: ") + error.what() : lines;
        }
    }
}

std::string gnuplot_line() {
    const char* path = std::getenv("PATH");
    std::string rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const std::size_t colon = rest.find(':');
        const std::filesystem::path program =
            std::filesystem::path(rest.substr(0, colon)) / "gnuplot";
        if (::access(program.c_str(), X_OK) == 0) return program.string();
        rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
    }
    return "not on PATH (figures need it; Debian: apt-get install gnuplot-nox)";
}

std::string memory_line() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long page = ::sysconf(_SC_PAGE_SIZE);
    if (pages <= 0 || page <= 0) return "unknown";
    return bytes(std::int64_t{pages} * page);
}

}  // namespace

int info_command() {
    put("rankchain        " RANKCHAIN_VERSION " (" RANKCHAIN_GIT_REVISION ")\n");
    put("cpu              " + cpu_line() + "\n");
    put("cuda             " + cuda_lines() + "\n");
    put("memory           " + memory_line() + "\n");
    put("gnuplot          " + gnuplot_line() + "\n");
    put("command          " + json_library() + ", CLI11 " RANKCHAIN_CLI11_VERSION "\n");
    put("limits           width 1 to 131071; depth and batch 32 bit; draws 2^56; seed 64 bit\n"
        "                 a study runs in chunks: memory bounds one chunk, not the study\n");
    return done;
}

}  // namespace rankchain::cli

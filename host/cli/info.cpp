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

std::string device_line(const std::string& text) {
    try {
        const DeviceInfo info = describe(parse_device(text));
        return info.name + ", " + std::to_string(info.threads) +
               (info.threads == 1 ? " thread" : " threads") + "\n                 " +
               info.arithmetic;
    } catch (const Error& error) {
        return std::string("none: ") + error.what();
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
    put("cpu              " + device_line("cpu") + "\n");
    put("cuda             " + device_line("cuda") + "\n");
    put("memory           " + memory_line() + "\n");
    put("gnuplot          " + gnuplot_line() + "\n");
    put("command          " + json_library() + ", CLI11 " RANKCHAIN_CLI11_VERSION "\n");
    put("limits           width 1 to 131071; depth and batch 32 bit; draws 2^56; seed 64 bit\n"
        "                 a study runs in chunks: memory bounds one chunk, not the study\n");
    return done;
}

}  // namespace rankchain::cli

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/console.hpp"

#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rankchain::cli {
namespace {

[[noreturn]] void output_failed() {
    throw Error("cannot write standard output: " + std::string(std::strerror(errno)));
}

struct FileCloser {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
};

std::filesystem::path folder_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

void put(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_failed();
}

void finish_output() {
    if (std::fflush(stdout) != 0) output_failed();
    // Some file systems report a full disk only here.
    if (::close(STDOUT_FILENO) != 0) output_failed();
}

void tell_undecided(std::int64_t ranks, double margin) {
    complain(
        "note: " + number(ranks) + (ranks == 1 ? " rank is" : " ranks are") +
        " undecided: a singular value lies within rounding of the threshold, which may be off by " +
        rounded(margin, 2) + " times itself");
}

void complain(std::string_view message) {
    std::string line = "rankchain: ";
    for (const char c : message) {
        line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    line += '\n';
    // Nowhere left to report a failure of standard error itself.
    (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

void hold_standard_streams() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        // The wrong direction on purpose: using a stream that was closed stays an error.
        if (::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) {
            std::abort();
        }
    }
}

std::string number(double value) {
    if (std::isnan(value)) return "nan";
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) throw Error("a number does not fit its text");
    return {text.data(), end};
}

std::string number(std::int64_t value) {
    return std::to_string(value);
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string field = "\"";
    for (const char c : text) {
        if (c == '"') field += '"';
        field += c;
    }
    field += '"';
    return field;
}

std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string rounded(double value, int digits) {
    if (std::isnan(value)) return "nan";
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value,
                                            std::chars_format::general, digits);
    if (error != std::errc{}) throw Error("a number does not fit its text");
    return {text.data(), end};
}

std::string duration(double seconds) {
    if (!(seconds >= 0)) return "unknown";
    if (seconds < 1) return "less than 1 s";
    if (seconds > 1e15) return "for ever";
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 60) return number(whole) + " s";
    if (whole < 3600) return number(whole / 60) + " min " + number(whole % 60) + " s";
    if (whole < 86400) return number(whole / 3600) + " h " + number(whole % 3600 / 60) + " min";
    return number(whole / 86400) + " days " + number(whole % 86400 / 3600) + " h";
}

std::string bytes(std::int64_t count) {
    constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(count);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return rounded(value, value >= 100 ? 4 : 3) + " " + units.at(unit);
}

std::string percent(double share) {
    return std::isfinite(share) ? number(static_cast<std::int64_t>(100 * share)) + " %" : "? %";
}

void write_file(const std::filesystem::path& path, std::string_view content) {
    const auto refuse = [&](const std::string& what) {
        throw Error("cannot write " + path.string() + ": " + what);
    };
    std::string beside = (folder_of(path) / (".rankchain-XXXXXX")).string();
    const int descriptor = ::mkstemp(beside.data());
    if (descriptor < 0) refuse(std::strerror(errno));
    struct Remover {
        std::string path;
        ~Remover() {
            if (!path.empty()) ::unlink(path.c_str());
        }
    } remover{beside};
    std::unique_ptr<std::FILE, FileCloser> file(::fdopen(descriptor, "wb"));
    if (!file) refuse(std::strerror(errno));
    if (std::fwrite(content.data(), 1, content.size(), file.get()) != content.size() ||
        std::fflush(file.get()) != 0) {
        refuse(std::strerror(errno));
    }
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(descriptor, 0666 & ~mask) != 0) refuse(std::strerror(errno));
    if (std::fclose(file.release()) != 0) refuse(std::strerror(errno));
    if (::rename(beside.c_str(), path.c_str()) != 0) refuse(std::strerror(errno));
    remover.path.clear();
}

void check_writable(const std::filesystem::path& path) {
    const std::filesystem::path folder = folder_of(path);
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
        throw InvalidArgument("cannot write " + path.string() + ": there is no folder " +
                              folder.string());
    }
    if (std::filesystem::is_directory(path, error)) {
        throw InvalidArgument("cannot write " + path.string() + ": it is a folder");
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        throw InvalidArgument("cannot write " + path.string() + ": folder " + folder.string() +
                              ": " + std::strerror(errno));
    }
}

}  // namespace rankchain::cli

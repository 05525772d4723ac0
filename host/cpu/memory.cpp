// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cpu/memory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

namespace rankchain::cpu {
namespace {

constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();

// The number a file holds; `unknown` where there is no such file, or it says "max".
std::int64_t number_in(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::int64_t value = 0;
    return in >> value ? value : unknown;
}

// The value of `key` in lines "key value" or "key: value".
std::int64_t entry_in(const std::filesystem::path& file, const std::string& key) {
    std::ifstream in(file);
    std::string word;
    std::int64_t value = 0;
    for (std::string line; std::getline(in, line);) {
        const auto end = line.find_first_of(": ");
        if (line.substr(0, end) != key) continue;
        const auto digit = line.find_first_of("0123456789", end);
        if (digit == std::string::npos) return unknown;
        value = std::stoll(line.substr(digit));
        return value;
    }
    return unknown;
}

// What one control group leaves: its limit less what it uses, file cache that can go not counted.
std::int64_t left_in(const std::filesystem::path& group, const char* limit_file,
                     const char* usage_file, const char* cache_key) {
    const std::int64_t limit = number_in(group / limit_file);
    const std::int64_t usage = number_in(group / usage_file);
    if (limit == unknown || usage == unknown) return unknown;
    const std::int64_t cache = entry_in(group / "memory.stat", cache_key);
    return std::max<std::int64_t>(0,
                                  limit - usage + (cache == unknown ? 0 : std::min(cache, usage)));
}

// The least that this process's group and those above it leave.
std::int64_t left_in_groups() {
    std::int64_t left = unknown;
    std::ifstream in("/proc/self/cgroup");
    for (std::string line; std::getline(in, line);) {  // id:controllers:path
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool unified = controllers.empty();
        if (!unified && controllers != "memory") continue;
        const std::filesystem::path root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
        std::filesystem::path inner =
            std::filesystem::path(line.substr(second + 1)).relative_path();
        for (;;) {
            left = std::min(
                left, unified
                          ? left_in(root / inner, "memory.max", "memory.current", "inactive_file")
                          : left_in(root / inner, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                    "total_inactive_file"));
            if (inner.empty()) break;
            inner = inner.parent_path();
        }
    }
    return left;
}

}  // namespace

std::int64_t memory_free() {
    const std::int64_t kib = entry_in("/proc/meminfo", "MemAvailable");
    const std::int64_t machine = kib == unknown ? unknown : kib * 1024;
    return std::min(machine, left_in_groups());
}

}  // namespace rankchain::cpu

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Which test ran which kernel: a line "address test" for each pair, in a file by the program's name
// in the folder $RANKCHAIN_LAUNCHES, the address as nm gives it. See kernel_table.sh.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>

#include <cuda_runtime.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <link.h>
#include <unistd.h>

namespace {

// One write to the end of the file: tests run beside each other.
void append(const std::string& path, const std::string& line) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    const bool good =
        file >= 0 && write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (file >= 0) (void)close(file);
    if (!good) throw simt::Error("cannot write " + path);
}

void note(const void* kernel) {
    const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
    if (test == nullptr) return;
    const std::string name = std::string(test->test_suite_name()) + "." + test->name();
    static std::set<std::pair<const void*, std::string>> seen;
    if (!seen.emplace(kernel, name).second) return;
    Dl_info info{};
    link_map* map = nullptr;
    if (dladdr1(kernel, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0)
        throw simt::Error("a kernel of no program");
    char address[32];
    (void)std::snprintf(
        address, sizeof address, "%016llx",
        static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(kernel) - map->l_addr));
    append(std::string(std::getenv("RANKCHAIN_LAUNCHES")) + "/" + program_invocation_short_name,
           std::string(address) + " " + name + "\n");
}

const bool noting = [] {
    if (std::getenv("RANKCHAIN_LAUNCHES") != nullptr) simt::hooks().launch = note;
    return true;
}();

}  // namespace

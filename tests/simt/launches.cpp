// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Which test ran which kernel: a line "address test orders" for each pair, in a file by the
// program's name in the folder $RANKCHAIN_LAUNCHES; the address as nm gives it, and in how many
// orders of threads. See kernel_table.sh.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
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

class Launches {
  public:
    void note(const void* kernel) {
        const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
        if (test == nullptr) return;
        orders_[{std::string(test->test_suite_name()) + "." + test->name(), kernel}].insert(
            simt::opt().seed);
    }
    ~Launches() {
        std::string lines;
        for (const auto& [launch, seeds] : orders_) {
            lines += address(launch.second) + " " + launch.first + " " +
                     std::to_string(seeds.size()) + "\n";
        }
        if (!lines.empty()) append(lines);
    }
    Launches() = default;
    Launches(const Launches&) = delete;
    Launches& operator=(const Launches&) = delete;

  private:
    static std::string address(const void* kernel) {
        Dl_info info{};
        link_map* map = nullptr;
        if (dladdr1(kernel, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0)
            return "?";
        char text[32];
        (void)std::snprintf(
            text, sizeof text, "%016llx",
            static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(kernel) - map->l_addr));
        return text;
    }
    // One write to the end of the file: tests run beside each other.
    static void append(const std::string& lines) {
        const std::string path =
            std::string(std::getenv("RANKCHAIN_LAUNCHES")) + "/" + program_invocation_short_name;
        const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (file < 0 ||
            write(file, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()))
            std::fprintf(stderr, "cannot write %s\n", path.c_str());
        if (file >= 0) (void)close(file);
    }

    std::map<std::pair<std::string, const void*>, std::set<std::uint64_t>> orders_;
};

const bool noting = [] {
    if (std::getenv("RANKCHAIN_LAUNCHES") != nullptr) {
        static Launches launches;
        simt::hooks().launch = [](const void* kernel) { launches.note(kernel); };
    }
    return true;
}();

}  // namespace

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The command where a GPU, its driver or the CUDA backend is missing: what is missing is named, and
// the CPU goes on where it may.
#include "tests/command.hpp"
#include "tests/temporary.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

namespace fs = std::filesystem;
using command::Outcome;
using command::Running;

const char* const study = R"(draws = 2
[network]
width = 4
batch = 4
depth = 2
[record]
depths = [2]
metrics = ["rank_lower_bound"]
)";

const char* const backend_file = RANKCHAIN_CUDA_FILE;

/// The installed libraries as a test wants them: librankchain, and `backend` beside it under the
/// CUDA backend's name, if any.
class Installed {
  public:
    explicit Installed(const fs::path& backend = {}) {
        fs::create_directory(folder_ / "lib");
        fs::copy_file(RANKCHAIN_LIBRARY, folder_ / "lib" / RANKCHAIN_LIBRARY_NAME);
        if (!backend.empty()) fs::copy_file(backend, folder_ / "lib" / backend_file);
        command::write(folder_ / "s.toml", study);
    }

    [[nodiscard]] Outcome run(const std::vector<std::string>& arguments) const {
        return Running(folder_.path(), arguments, {"LD_LIBRARY_PATH=" + (folder_ / "lib").string()})
            .wait();
    }
    [[nodiscard]] Outcome run_on(const std::string& device) const {
        return run({"run", "s.toml", "--device", device});
    }
    [[nodiscard]] bool wrote_result() const { return fs::exists(folder_ / "s.rankchain"); }
    [[nodiscard]] fs::path file(const std::string& name) const { return folder_ / name; }

  private:
    TemporaryFolder folder_;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Exit 3 and a message with these parts where CUDA is asked for by name; the CPU, and the same
// reason, where `auto` is.
void expect_missing(const Installed& installed, const std::vector<std::string>& parts) {
    const Outcome cuda = installed.run_on("cuda");
    EXPECT_EQ(cuda.code, 3) << cuda.err;
    EXPECT_FALSE(installed.wrote_result());
    const Outcome info = installed.run({"info"});
    EXPECT_EQ(info.code, 0) << info.err;
    const Outcome automatic = installed.run_on("auto");
    EXPECT_EQ(automatic.code, 0) << automatic.err;
    EXPECT_TRUE(installed.wrote_result());
    EXPECT_TRUE(has(automatic.err, "device auto is the CPU: ")) << automatic.err;
    for (const std::string& part : parts) {
        EXPECT_TRUE(has(cuda.err, part)) << cuda.err;
        EXPECT_TRUE(has(automatic.err, part)) << automatic.err;
        EXPECT_TRUE(has(info.out, part)) << info.out;
    }
}

TEST(Device, ABackendThatIsNotInstalledIsNamed) {
    expect_missing(Installed(), {"the CUDA backend is not installed", backend_file});
}

TEST(Device, AFileThatIsNoLibraryIsNamed) {
    const TemporaryFolder folder;
    command::write(folder / "text", "not a library");
    expect_missing(Installed(folder / "text"), {"cannot be loaded", backend_file});
}

TEST(Device, ALibraryThatTheBackendNeedsIsNamed) {
    expect_missing(Installed(RANKCHAIN_NEEDY_BACKEND),
                   {"cannot be loaded", "librankchain_missing.so"});
}

TEST(Device, ABackendOfAnotherVersionIsRefusedWithBothVersions) {
    expect_missing(Installed(RANKCHAIN_OTHER_BACKEND),
                   {"0.0.9 (of another build)", RANKCHAIN_BUILT});
}

TEST(Device, WithoutAskingNothingIsSaid) {
    const Installed installed;
    const Outcome outcome = installed.run({"run", "s.toml"});
    EXPECT_EQ(outcome.code, 0);
    if (!fs::exists("/dev/nvidiactl") && !fs::exists("/dev/nvidia0")) {
        EXPECT_EQ(outcome.err, "");
    }
}

#ifdef RANKCHAIN_CUDA_BACKEND
TEST(Device, AMissingDriverIsNamed) {
    const Installed installed(RANKCHAIN_CUDA_BACKEND);
    const Outcome outcome = installed.run_on("cuda");
    if (outcome.code == 0) GTEST_SKIP() << "there is a GPU: " << installed.run({"info"}).out;
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_TRUE(has(outcome.err, "cudaErrorInsufficientDriver") ||
                has(outcome.err, "cudaErrorNoDevice"))
        << outcome.err;
    expect_missing(installed, {"there is no GPU to be had", "cudaGetDeviceCount"});
}
#endif

}  // namespace
}  // namespace rankchain

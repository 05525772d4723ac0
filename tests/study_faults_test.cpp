// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Whole runs that are killed, starved of memory or disk, or lose their device.
#include "host/study/runner.hpp"
#include "tests/fake_ops.hpp"
#include "tests/study_case.hpp"
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>
#include <rankchain/study.hpp>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char** environ;  // NOLINT: POSIX

namespace rankchain {
namespace {

using std::filesystem::path;

TEST(Run, AFailedDrawIsCounted) {
    const TemporaryFolder folder;
    FakeOps ops;
    ops.failing_draw = 17;
    EXPECT_EQ(run(ops, fake_study(), into(folder / "r", 10)).draws_failed, 2);  // in both cells
    const Results results(folder / "r");
    EXPECT_EQ(results.summary(0, 0, 1).failed, 0);
    const Summary s = results.summary(0, 1, 1);
    EXPECT_EQ(s.failed, 1);
    EXPECT_EQ(s.count, 99);
    EXPECT_TRUE(std::isfinite(s.mean));
}

TEST(Memory, OutOfMemoryInMidRunHalvesTheChunkAndChangesNothing) {
    const TemporaryFolder folder;
    FakeOps roomy;
    run(roomy, fake_study(), into(folder / "roomy"));
    for (const bool late : {false, true}) {
        FakeOps tight;
        tight.draws_that_fit = 3;
        tight.fails_late = late;
        const path file = folder / (late ? "late" : "early");
        EXPECT_TRUE(run(tight, fake_study(), into(file, 64)).finished);
        EXPECT_EQ(hash_of(file), hash_of(folder / "roomy"));
    }
    FakeOps none;
    none.draws_that_fit = 0;
    EXPECT_THROW(run(none, fake_study(), into(folder / "none")), OutOfMemory);
    none.fails_late = true;
    EXPECT_THROW(run(none, fake_study(), into(folder / "none", 0, true)), OutOfMemory);
}

TEST(Memory, NeedAndFreeAreNamedBeforeTheFirstDraw) {
    const TemporaryFolder folder;
    FakeOps ops;
    ops.need = {5000, 3000};
    ops.free = 8000;
    const auto message = [&](std::int64_t chunk) -> std::string {
        try {
            run(ops, fake_study(), into(folder / "r", chunk));
        } catch (const OutOfMemory& error) {
            return error.what();
        }
        return "";
    };
    // and 3 depths of 2 numbers of 17 bytes and a status of 24, kept until they are committed
    EXPECT_EQ(
        message(0),
        "cell 0 (width 2, batch 2) needs 8174 bytes for one draw; 8000 bytes are free on fake");
    ops.free = 20000;
    EXPECT_EQ(message(10),
              "cell 0 (width 2, batch 2) needs 36740 bytes for 10 draws; 20000 bytes are free on "
              "fake");
    EXPECT_FALSE(std::filesystem::exists(folder / "r"));
    EXPECT_TRUE(ops.begun.empty());
    ops.need.per_draw = std::numeric_limits<std::int64_t>::max() / 2;
    EXPECT_NE(message(1000).find("9223372036854775807 bytes"), std::string::npos);
}

TEST(Run, ALostDeviceNamesTheDrawsAndKeepsWhatWasCommitted) {
    const TemporaryFolder folder;
    FakeOps ops;
    ops.lost_device_at = 30;
    try {
        run(ops, fake_study(), into(folder / "r", 10));
        FAIL();
    } catch (const DeviceError& error) {
        EXPECT_STREQ(error.what(), "cell 0, draws 30 to 39: the device fell off the bus");
    }
    EXPECT_EQ(Results(folder / "r").draws_done(0), 30);
    EXPECT_EQ(Results(folder / "r").provenance().at("state"), "running");
}

// 50 times: a run is killed at a moment nobody chose, and gone on with.
TEST(Kill, FiftyKillsLoseDoubleAndAlterNothing) {
    const TemporaryFolder folder;
    const std::uint64_t want = expected_hash(folder);
    std::ofstream(folder / "study.toml") << study_text;
    const path file = folder / "r";
    std::mt19937 random(20260303);
    int kills = 0;
    int finished = 0;
    std::int64_t done = 0;
    for (int attempt = 0; kills < 50 && attempt < 1000; ++attempt) {
        const std::vector<std::string> words{STUDY_RUNNER, folder / "study.toml", file,
                                             std::to_string(1 + random() % 40),
                                             std::to_string(1 + random() % 2)};
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (const std::string& word : words)
            arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        pid_t child = 0;
        ASSERT_EQ(posix_spawn(&child, STUDY_RUNNER, nullptr, nullptr, arguments.data(), environ),
                  0);
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 150'000));
        ASSERT_EQ(kill(child, SIGKILL), 0);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        ASSERT_TRUE(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
        kills += killed;
        if (!std::filesystem::exists(file) || std::filesystem::file_size(file) == 0) continue;
        std::int64_t now = 0;
        try {
            const Results results(file);
            for (std::size_t cell = 0; cell < 16; ++cell)
                now += results.draws_done(cell);
        } catch (const InvalidArgument& error) {
            // Killed in its very first transaction: its journal takes the file back to nothing.
            ASSERT_EQ(done, 0) << error.what();
            ASSERT_NE(std::string(error.what()).find("not a result file"), std::string::npos);
        }
        ASSERT_GE(now, done);  // what was committed stands
        done = now;
        if (!killed) {
            ASSERT_EQ(hash_of(file), want);
            std::filesystem::remove(file);
            done = 0;
            ++finished;
        }
    }
    EXPECT_EQ(kills, 50);
    if (std::filesystem::exists(file)) {
        EXPECT_TRUE(run(real_study(), into(file, 0, true)).finished);
        EXPECT_EQ(hash_of(file), want);
    }
    std::printf("%d kills, %d runs finished between them\n", kills, finished);
}

TEST(Disk, AFullDiskStopsTheRunAndKeepsWhatWasCommitted) {
    const TemporaryFolder folder;
    const path place = folder / "small";
    std::filesystem::create_directory(place);
    if (mount("tmpfs", place.c_str(), "tmpfs", 0, "size=300k") != 0) {
        GTEST_SKIP() << "mounting a small tmpfs needs root: " << std::strerror(errno);
    }
    const path file = place / "r";
    std::string message;
    std::int64_t done = 0;
    std::int64_t again = 0;
    try {
        FakeOps ops;
        const Study study = fake_study(20'000);
        try {
            run(ops, study, into(file, 500));
        } catch (const InvalidArgument&) {
            throw;
        } catch (const Error& error) {
            message = error.what();
        }
        done = Results(file).draws_done(0);
        EXPECT_EQ(Results(file).summary(0, 1, 1).count, done);
        EXPECT_EQ(mount("tmpfs", place.c_str(), "tmpfs", MS_REMOUNT, "size=30m"), 0);
        FakeOps rest;
        EXPECT_TRUE(run(rest, study, into(file, 500, true)).finished);
        again = rest.begun[0];
        FakeOps fresh;
        run(fresh, study, into(folder / "fresh"));
        EXPECT_EQ(hash_of(file), hash_of(folder / "fresh"));
    } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
    }
    EXPECT_EQ(umount(place.c_str()), 0);
    EXPECT_EQ(message.substr(0, file.string().size() + 28),
              file.string() + ": database or disk is full (");
    EXPECT_GT(done, 0);
    EXPECT_EQ(again, 1);  // of the second cell alone
}

TEST(Disk, AFailingWriteStopsTheRunAndKeepsWhatWasCommitted) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    const Study study = fake_study(20'000);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{300'000, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    std::string message;
    try {
        FakeOps ops;
        run(ops, study, into(file, 500));
    } catch (const InvalidArgument&) {
        message = "the wrong kind of error";
    } catch (const Error& error) {
        message = error.what();
    }
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_NE(std::signal(SIGXFSZ, handler), SIG_ERR);
    EXPECT_EQ(message.substr(0, file.string().size() + 2), file.string() + ": ");
    EXPECT_NE(message.find("disk"), std::string::npos) << message;
    EXPECT_GT(Results(file).draws_done(0), 0);
    FakeOps rest;
    EXPECT_TRUE(run(rest, study, into(file, 500, true)).finished);
    FakeOps fresh;
    run(fresh, study, into(folder / "fresh"));
    EXPECT_EQ(hash_of(file), hash_of(folder / "fresh"));
}

}  // namespace
}  // namespace rankchain

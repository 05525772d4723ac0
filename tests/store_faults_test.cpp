// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// A result file that two runs want, and one that is damaged.
#include "host/study/runner.hpp"
#include "host/study/store.hpp"
#include "tests/store_case.hpp"
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rankchain {
namespace {

using std::filesystem::path;

// A child that owns the file until it is told to go on; the pipe closes when it is done.
TEST(Lock, ASecondRunNamesTheFirst) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    const Study study = study_of();
    std::array<int, 2> ready{}, go{};
    ASSERT_EQ(pipe(ready.data()), 0);
    ASSERT_EQ(pipe(go.data()), 0);
    const pid_t child = fork();
    if (child == 0) {
        char byte = 'x';
        const Store store(file, study, {"fake", "fake 1", 1}, false);
        if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) _exit(1);
        _exit(0);
    }
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    const std::string want = file.string() + ": another run owns this result file: pid " +
                             std::to_string(child) + " on ";
    for (const bool resume : {false, true}) {
        const std::string got = refusal([&] {
            const Store second(file, study, {"fake", "fake 1", 1}, resume);
        });
        EXPECT_EQ(got.substr(0, want.size()), want);
    }
    EXPECT_EQ(Results(file).draws_done(0), 0);  // reading is free
    ASSERT_EQ(write(go[1], &byte, 1), 1);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(resume_refusal(file, study), "");
    for (const int descriptor : {ready[0], ready[1], go[0], go[1]})
        close(descriptor);
}

TEST(Lock, ASecondRunInTheSameProcessIsRefusedToo) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    const Study study = study_of();
    {
        const Store first(file, study, {"fake", "fake 1", 1}, false);
        std::filesystem::create_symlink(file, folder / "link");
        for (const path& name : {file, folder / "link"}) {
            EXPECT_NE(refusal([&] {
                          const Store second(name, study, {"fake", "fake 1", 1}, true);
                      }).find("another run owns this result file: pid " + std::to_string(getpid())),
                      std::string::npos);
        }
    }
    EXPECT_EQ(resume_refusal(file, study), "");
}

TEST(Lock, OfFiftySimultaneousStartersOneOwns) {
    constexpr int starters = 50;
    for (const bool resume : {false, true}) {
        const TemporaryFolder folder;
        const path file = folder / "r";
        const Study study = study_of();
        std::array<int, 2> start{}, answers{}, finish{};
        ASSERT_EQ(pipe(start.data()), 0);
        ASSERT_EQ(pipe(answers.data()), 0);
        ASSERT_EQ(pipe(finish.data()), 0);
        std::vector<pid_t> children;
        for (int i = 0; i < starters; ++i) {
            const pid_t child = fork();
            if (child == 0) {
                char byte = 0;
                close(start[1]);
                close(finish[1]);
                if (read(start[0], &byte, 1) != 0) _exit(9);  // until the parent closes it
                char answer = '?';
                try {
                    const Store store(file, study, {"fake", "fake 1", 1}, resume);
                    answer = 'o';
                    if (write(answers[1], &answer, 1) != 1) _exit(8);
                    if (read(finish[0], &byte, 1) != 0) _exit(9);  // owns it until all answered
                    _exit(0);
                } catch (const InvalidArgument& error) {
                    const std::string text = error.what();
                    answer =
                        text.find("another run owns this result file: pid ") != std::string::npos
                            ? 'r'
                            : 'w';
                } catch (...) {
                    answer = 'e';
                }
                _exit(write(answers[1], &answer, 1) == 1 ? 0 : 8);
            }
            ASSERT_GT(child, 0);
            children.push_back(child);
        }
        close(start[1]);
        std::map<char, int> count;
        for (int i = 0; i < starters; ++i) {
            char answer = 0;
            ASSERT_EQ(read(answers[0], &answer, 1), 1);
            ++count[answer];
        }
        close(finish[1]);
        for (const pid_t child : children) {
            int status = 0;
            EXPECT_EQ(waitpid(child, &status, 0), child);
            EXPECT_EQ(status, 0);
        }
        EXPECT_EQ(count['o'], 1);
        EXPECT_EQ(count['r'], starters - 1);
        for (const int descriptor : {start[0], answers[0], answers[1], finish[0]}) {
            close(descriptor);
        }
    }
}

TEST(Damage, AnAlteredBlobIsNamed) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    make(file);
    Database(file, Database::Mode::write)
        .execute(
            "UPDATE chunks SET \"values\" = zeroblob(length(\"values\")) "
            "WHERE cell = 1 AND layer_index = 1 AND first_draw = 14");
    const Results results(file);
    EXPECT_EQ(refusal([&] { (void)results.summary(1, 1, 2); }),
              file.string() +
                  ": damaged: cell 1, draws 14 to 20, recorded depth 4: the checksum does not fit");
    EXPECT_EQ(results.summary(1, 0, 2).count, 40);  // the rest stands
}

TEST(Damage, MissingAndDoubledDrawsAreNamed) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    const auto damage = [&](const char* sql) {
        std::filesystem::remove(file);
        make(file);
        Database(file, Database::Mode::write).execute(sql);
        return refusal([&] { const Results results(file); });
    };
    EXPECT_EQ(damage("DELETE FROM chunks WHERE cell = 0 AND first_draw = 7 AND layer_index = 1"),
              file.string() + ": damaged: cell 0, draws 7 to 13: a recorded depth is missing");
    EXPECT_EQ(damage("DELETE FROM chunks WHERE cell = 0 AND first_draw = 7"),
              file.string() + ": damaged: cell 0 has 33 draws of 40");
    EXPECT_EQ(
        damage("UPDATE chunks SET first_draw = 6 WHERE cell = 0 AND first_draw = 7"),
        file.string() + ": damaged: cell 0, draws 6 to 12: draws stored twice, or out of range");
    EXPECT_EQ(damage("UPDATE cells SET gamma = 0.5"),
              file.string() + ": damaged: the checksum of the description does not fit");
    EXPECT_EQ(damage("UPDATE meta SET value = '4' WHERE key = 'seed'"),
              file.string() + ": damaged: the checksum of the description does not fit");
}

// One byte anywhere, or an end anywhere: what is read is what was written, or nothing is.
TEST(Damage, IsDetectedOrHarmless) {
    const TemporaryFolder folder;
    make(folder / "whole", 30);
    const std::string whole = bytes_of(folder / "whole");
    const auto want = contents(folder / "whole");
    std::mt19937_64 random(20260202);
    int detected = 0;
    int harmless = 0;
    const path file = folder / "r";
    for (int trial = 0; trial < 1500; ++trial) {
        std::string bytes = whole;
        const std::size_t place = random() % whole.size();
        if (trial % 10 == 0) {
            bytes.resize(place);
        } else {
            bytes[place] = static_cast<char>(bytes[place] ^ static_cast<char>(1U << random() % 8));
        }
        write_bytes(file, bytes);
        try {
            const auto got = contents(file);
            for (std::size_t i = 0; i < std::max(got.size(), want.size()); ++i) {
                ASSERT_TRUE(i < got.size() && i < want.size() && got[i] == want[i])
                    << "trial " << trial << ", byte " << place << ", number " << i;
            }
            ++harmless;
        } catch (const Error&) {
            ++detected;
        }
        std::filesystem::remove(file.string() + "-journal");
    }
    std::printf("%d detected, %d harmless\n", detected, harmless);
    EXPECT_GT(detected, 100);
}

}  // namespace
}  // namespace rankchain

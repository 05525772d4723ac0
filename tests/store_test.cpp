// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/store.hpp"

#include "host/study/chunk_record.hpp"
#include "host/study/result_file.hpp"
#include "host/study/runner.hpp"
#include "tests/fake_ops.hpp"
#include "tests/refusal.hpp"
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>
#include <rankchain/version.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rankchain {
namespace {

using std::filesystem::path;

Study study_of(const std::string& changes = "", const std::string& top = "") {
    return parse_study("seed = 3\n" + top + "[network]\nwidth = [2, 3]\ndepth = 4\n" + changes +
                           "[record]\ndepths = [0, 4]\nsoft_rank = [0.5]\nmetrics = "
                           "[\"stable_rank\", \"isometry_gap\"]\nkeep = \"draws\"\n",
                       "s.toml");
}

RunOptions into(const path& file, bool resume = false, std::int64_t draws = 40) {
    return {.result = file, .draws = draws, .resume = resume, .chunk = 7};
}

void make(const path& file, std::int64_t draws = 40) {
    FakeOps ops;
    run(ops, study_of(), into(file, false, draws));
}

std::string resume_refusal(const path& file, const Study& study, std::int64_t draws = 40,
                           FakeOps ops = {}) {
    return refusal([&] { run(ops, study, into(file, true, draws)); });
}

std::string bytes_of(const path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write_bytes(const path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

// Everything a result file says of its draws, bit for bit.
std::vector<std::uint64_t> contents(const path& file) {
    const Results results(file);
    std::vector<std::uint64_t> all;
    for (std::size_t cell = 0; cell < results.study().cells.size(); ++cell) {
        const Cell& of = results.study().cells[cell];
        for (std::size_t layer = 0; layer < of.layers.size(); ++layer) {
            for (std::size_t q = 0; q < of.quantities.size(); ++q) {
                for (const double x : results.draws(cell, layer, q)) {
                    all.push_back(std::bit_cast<std::uint64_t>(x));
                }
                const Summary s = results.summary(cell, layer, q);
                all.push_back(static_cast<std::uint64_t>(s.resolved));
                all.push_back(static_cast<std::uint64_t>(s.degenerate_rows));
            }
        }
    }
    return all;
}

TEST(ChunkRecord, WhatGoesInComesOut) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const std::vector<Quantity> quantities{{Metric::soft_rank, 0.5, 0},
                                           {Metric::isometry_gap, std::nan(""), 0},
                                           {Metric::numerical_rank, std::nan(""), 0}};
    Samples samples;
    samples.draws = 3;
    samples.values = {1, std::nan(""), 131071, 0.1, inf, -std::nan(""), 0, 2, 3};
    samples.resolved = {0, 1, 0, 0, 0, 1, 1, 0, 0};
    samples.status = {{-1, false, 5}, {7, true, 0}, {-1, false, 1}};
    samples.margin = {0, 0, 1e-9, 0, 0, 0, 2e-3, 0, 4e-6};
    const ChunkBytes bytes = encode(quantities, samples);
    EXPECT_EQ(bytes.values.size(), 3U * (4 + 8 + 4));
    EXPECT_EQ(bytes.resolved.size(), 2U);
    for (std::size_t first = 0; first < 3; ++first) {
        LayerDraws found;
        found.series.resize(3 - first);
        EXPECT_EQ(decode(quantities, 3, bytes.record(), first, found), "");
        EXPECT_EQ(found.degenerate_rows, 6);
        EXPECT_EQ(found.draws, 3);
        for (std::size_t q = first; q < 3; ++q) {
            for (std::size_t b = 0; b < 3; ++b) {
                const double want = samples.values[q * 3 + b];
                const double got = found.series[q - first].values[b];
                EXPECT_TRUE(std::isnan(want) ? std::isnan(got) : want == got) << q << " " << b;
                EXPECT_EQ(found.series[q - first].resolved[b], samples.resolved[q * 3 + b]);
            }
            const Series& series = found.series[q - first];
            EXPECT_EQ(series.undecided, std::vector<std::int64_t>({1, 0, 2})[q]);
            EXPECT_EQ(series.margin, std::vector<double>({1e-9, 0, 2e-3})[q]);
        }
    }
    // Nothing is believed before its length is checked.
    LayerDraws found;
    found.series.resize(3);
    EXPECT_NE(decode(quantities, 4, bytes.record(), 0, found), "");
    EXPECT_NE(decode(quantities, std::int64_t{1} << 60, bytes.record(), 0, found), "");
    EXPECT_NE(decode(quantities, -1, bytes.record(), 0, found), "");
    samples.values[0] = -2;
    EXPECT_THROW((void)encode(quantities, samples), Error);
}

TEST(Store, AFileThatExistsIsLeftAlone) {
    const TemporaryFolder folder;
    const path file = folder / "r.rankchain";
    make(file);
    const std::string before = bytes_of(file);
    FakeOps ops;
    EXPECT_EQ(refusal([&] { run(ops, study_of(), into(file)); }),
              file.string() + ": exists already; resume it, or name another result file");
    EXPECT_EQ(bytes_of(file), before);
    EXPECT_TRUE(ops.begun.empty());
    // An empty file holds nothing that could be lost.
    write_bytes(folder / "empty", "");
    EXPECT_TRUE(run(ops, study_of(), into(folder / "empty")).finished);
    EXPECT_TRUE(run(ops, study_of(), into(folder / "missing", true)).finished);
}

TEST(Store, APlaceThatCannotBeWrittenIsRefusedBeforeComputing) {
    const TemporaryFolder folder;
    FakeOps ops;
    const auto message = [&](const path& file) {
        return refusal([&] { run(ops, study_of(), into(file)); });
    };
    write_bytes(folder / "text", "x");
    EXPECT_EQ(message(folder / "no/r"),
              (folder / "no/r").string() + ": cannot be written: No such file or directory");
    EXPECT_EQ(message(folder / "text/r"),
              (folder / "text/r").string() + ": cannot be written: Not a directory");
    EXPECT_EQ(message(folder.path()),
              folder.path().string() + ": a result file must be a regular file");
    EXPECT_EQ(message("/proc/r"), "/proc/r: cannot be written: No such file or directory");
    EXPECT_EQ(message(""), ": cannot be written: No such file or directory");
    EXPECT_TRUE(ops.begun.empty());
}

TEST(Store, OddNamesAreNames) {
    const TemporaryFolder folder;
    const path before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    for (const char* const name :
         {":memory:", "file:x?mode=memory", "a b'c\"d", "%41?x=1#y", "\xc3\xbc\xff"}) {
        make(name);
        EXPECT_TRUE(std::filesystem::exists(folder.path() / name)) << name;
        EXPECT_EQ(Results(name).draws_done(1), 40);
    }
    std::filesystem::current_path(before);
}

TEST(Store, WhatIsNoResultFileIsRefused) {
    const TemporaryFolder folder;
    const auto message = [&](const path& file) {
        return refusal([&] { const Results results(file); });
    };
    EXPECT_EQ(message(folder / "none"),
              (folder / "none").string() + ": there is no such result file");
    EXPECT_EQ(message(folder.path()),
              folder.path().string() + ": a result file must be a regular file");
    write_bytes(folder / "empty", "");
    EXPECT_EQ(message(folder / "empty"),
              (folder / "empty").string() + ": is empty, not a result file of rankchain");
    write_bytes(folder / "text", std::string(5000, 'x'));
    EXPECT_NE(message(folder / "text").find("not a result file of rankchain"), std::string::npos);
    EXPECT_NE(resume_refusal(folder / "text", study_of()).find("not a result file of rankchain"),
              std::string::npos);
    EXPECT_EQ(bytes_of(folder / "text"), std::string(5000, 'x'));
    write_bytes(folder / "other", "");
    Database(folder / "other", Database::Mode::write).execute("CREATE TABLE meta (key, value)");
    EXPECT_EQ(message(folder / "other"),
              (folder / "other").string() + ": not a result file of rankchain");
    EXPECT_EQ(resume_refusal(folder / "other", study_of()),
              (folder / "other").string() + ": not a result file of rankchain");
}

TEST(Store, ANewerLayoutIsRefused) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    make(file);
    Database(file, Database::Mode::write).execute("PRAGMA user_version = 3");
    const std::string want = file.string() +
                             ": written with layout 3 of result files; this version of rankchain "
                             "reads layout 2";
    EXPECT_EQ(refusal([&] { const Results results(file); }), want);
    EXPECT_EQ(resume_refusal(file, study_of()), want);
}

TEST(Store, ResumeNamesTheFieldsThatDiffer) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    make(file);
    const std::string before = bytes_of(file);
    const std::string head =
        file.string() + ": resume goes on with the same study only (more draws are allowed): ";
    FakeOps other;
    other.arithmetic = "fake 2";
    EXPECT_EQ(resume_refusal(file, study_of(), 40, other),
              head + "arithmetic: the file has fake 1, this run fake 2");
    Study seed = study_of();
    seed.seed = 4;
    EXPECT_EQ(resume_refusal(file, seed), head + "seed: the file has 3, this run 4");
    EXPECT_EQ(resume_refusal(file, study_of("gamma = 0.5\nactivation = \"relu\"\n")),
              head +
                  "cell 0 gamma: the file has inf, this run 0.5; cell 0 activation: the file has "
                  "linear, this run relu; cell 1 gamma: the file has inf, this run 0.5; cell 1 "
                  "activation: the file has linear, this run relu");
    EXPECT_EQ(resume_refusal(file, study_of("eps = [0, 1]\n")),
              head +
                  "number of cells: the file has 2, this run 4; cell 1 width: the file has 3, this "
                  "run 2; cell 1 batch: the file has 3, this run 2; cell 1 eps: the file has 0, "
                  "this run 1; cell 1 input rows: the file has 3, this run 2");
    Study given = study_of();
    given.cells[0].input = {Input::Kind::given, 2,
                            std::make_shared<std::vector<double>>(std::vector<double>{1, 2, 3, 4})};
    EXPECT_EQ(resume_refusal(file, given).substr(0, head.size() + 50),
              head + "cell 0 input: the file has gaussian, this run give");
    EXPECT_EQ(resume_refusal(file, study_of(), 39),
              file.string() +
                  ": draws: the file has 40 of cell 0, this run asks for 39; allowed are as many "
                  "or more");
    EXPECT_EQ(bytes_of(file), before);

    // Comments and blanks are no study.
    EXPECT_EQ(resume_refusal(file, study_of("# a remark\n")), "");

    const path made_of_values = folder / "given";
    FakeOps ops;
    run(ops, given, into(made_of_values));
    given.cells[0].input.values =
        std::make_shared<std::vector<double>>(std::vector<double>{1, 2, 3, 5});
    EXPECT_NE(resume_refusal(made_of_values, given).find("cell 0 input values: the file has crc32"),
              std::string::npos);
}

TEST(Store, AnotherVersionIsRefused) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    make(file);
    {
        Database database(file, Database::Mode::write);
        Meta meta = read_meta(database);
        const Study stored = read_study(database, meta);
        meta["version"] = "0.0.9";
        write_meta(database, stored, meta);
    }
    EXPECT_EQ(resume_refusal(file, study_of()),
              file.string() +
                  ": resume goes on with the same study only (more draws are allowed): version: "
                  "the file has 0.0.9, this run " RANKCHAIN_VERSION);
    EXPECT_EQ(Results(file).provenance().at("version"), "0.0.9");  // reading is free
}

TEST(Store, DrawsOfASummaryStudyAreRefused) {
    const TemporaryFolder folder;
    Study study = study_of();
    study.keep_draws = false;
    FakeOps ops;
    run(ops, study, into(folder / "r"));
    const Results results(folder / "r");
    EXPECT_EQ(results.summary(0, 0, 0).count, 40);
    EXPECT_EQ(refusal([&] { (void)results.draws(0, 0, 0); }),
              (folder / "r").string() +
                  ": this study keeps summaries; the values of its draws come with keep = "
                  "\"draws\" under [record]");
}

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

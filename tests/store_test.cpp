// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/store.hpp"

#include "host/study/chunk_record.hpp"
#include "host/study/result_file.hpp"
#include "host/study/runner.hpp"
#include "tests/store_case.hpp"
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>
#include <rankchain/version.hpp>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace rankchain {
namespace {

using std::filesystem::path;

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

}  // namespace
}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Whole runs: what must not depend on how a study is cut, interrupted or grown.
#include "host/study/database.hpp"
#include "host/study/runner.hpp"
#include "tests/fake_ops.hpp"
#include "tests/refusal.hpp"
#include "tests/study_case.hpp"
#include "tests/temporary.hpp"
#include <rankchain/chain.hpp>
#include <rankchain/error.hpp>
#include <rankchain/study.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using std::filesystem::path;

TEST(Run, GivesWhatTheChainsGive) {
    const TemporaryFolder folder;
    const Study study = real_study();
    const RunReport report = run(study, into(folder / "r"));
    EXPECT_TRUE(report.finished);
    EXPECT_EQ(report.draws_computed, 16 * 200);
    const Results results(folder / "r");
    EXPECT_EQ(results.provenance().at("state"), "complete");
    EXPECT_EQ(results.provenance().at("study"), study_text);
    EXPECT_EQ(results.study().cells.size(), 16U);
    for (const std::size_t cell : {std::size_t{0}, std::size_t{7}, std::size_t{15}}) {
        const Cell& of = study.cells[cell];
        EXPECT_EQ(results.study().cells[cell].network, of.network);
        EXPECT_EQ(results.draws_done(cell), 200);
        Chains chains(of.network, of.input, study.seed, {50, 3}, {Device::Kind::cpu, 0, 1});
        for (std::size_t layer = 0; layer < of.layers.size(); ++layer) {
            chains.advance(of.layers[layer]);
            const Samples samples = chains.measure(of.quantities);
            for (std::size_t q = 0; q < of.quantities.size(); ++q) {
                const auto draws = results.draws(cell, layer, q);
                ASSERT_EQ(draws.size(), 200U);
                for (std::int64_t b = 0; b < 3; ++b) {
                    const double want = samples.value(static_cast<std::int64_t>(q), b);
                    const double got = draws[static_cast<std::size_t>(50 + b)];
                    EXPECT_TRUE(want == got || (std::isnan(want) && std::isnan(got)))
                        << want << " " << got;
                }
            }
        }
    }
}

// Every way to count gives the same ranks, each file says how, and one way does not go on where
// another stopped.
TEST(Run, CountsAlikeByEveryMethod) {
    const TemporaryFolder folder;
    const Study study = parse_study(
        "seed = 5\ndraws = 40\n[network]\nwidth = [5, 12]\ndepth = 30\n"
        "normalization = [\"batch\", \"none\"]\nprecision = [\"float32\", \"float64\"]\n"
        "[record]\ndepths = [0, 3, 30]\nsoft_rank = [0.1, 0.5, 1e-18]\n"
        "metrics = [\"numerical_rank\"]\nkeep = \"draws\"\n",
        "s.toml");
    std::vector<Results> results;
    for (const auto method : {SpectrumMethod::automatic, SpectrumMethod::count,
                              SpectrumMethod::eigen, SpectrumMethod::svd}) {
        RunOptions options = into(folder / std::string(name(method)));
        options.spectrum = method;
        EXPECT_TRUE(run(study, options).finished);
        results.emplace_back(folder / std::string(name(method)));
        const std::string arithmetic = results.back().provenance().at("arithmetic");
        EXPECT_EQ(arithmetic.ends_with("; spectrum " + std::string(name(method))),
                  method != SpectrumMethod::automatic);
    }
    for (std::size_t cell = 0; cell < study.cells.size(); ++cell) {
        for (std::size_t layer = 0; layer < 3; ++layer) {
            for (std::size_t q = 0; q < study.cells[cell].quantities.size(); ++q) {
                // Undecided ranks, of singular matrices, may fall to either side.
                if (results[3].summary(cell, layer, q).undecided > 0) continue;
                for (const Results& other : results) {
                    EXPECT_EQ(other.draws(cell, layer, q), results[3].draws(cell, layer, q));
                }
            }
        }
    }
    RunOptions other = into(folder / "count");
    other.spectrum = SpectrumMethod::svd;
    other.resume = true;
    try {
        (void)run(study, other);
        ADD_FAILURE();
    } catch (const InvalidArgument& error) {
        EXPECT_NE(std::string(error.what()).find("arithmetic"), std::string::npos);
    }
}

// The tables that any SQLite reader can read say what Results says.
TEST(Run, FillsTheSummaryTables) {
    const TemporaryFolder folder;
    FakeOps ops;
    run(ops, fake_study(), into(folder / "r"));
    const Results results(folder / "r");
    const Summary want = results.summary(1, 2, 0);
    Database database(folder / "r", Database::Mode::read);
    Statement row(database,
                  "SELECT count, mean, std, q05, resolved FROM results WHERE width = 3 AND layer = "
                  "9 AND metric = 'soft_rank' AND tau = 1.0");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.integer(0), 100);
    EXPECT_EQ(row.real(1), want.mean);
    EXPECT_EQ(row.real(2), want.std);
    EXPECT_EQ(row.real(3), want.q05);
    EXPECT_EQ(row.integer(4), want.resolved);
    EXPECT_FALSE(row.step());
    Statement bars(
        database, "SELECT value, draws FROM histogram WHERE cell = 1 AND layer = 9 ORDER BY value");
    std::map<std::int64_t, std::int64_t> histogram;
    while (bars.step())
        histogram[bars.integer(0)] = bars.integer(1);
    EXPECT_EQ(histogram, want.histogram);
}

TEST(Run, OneHashForEveryChunkThreadAndInterruption) {
    const TemporaryFolder folder(memory_folder());
    Study study = real_study();
    study.draws = 130;
    std::erase_if(study.cells, [](const Cell& cell) { return cell.network.width == 5; });
    run(study, into(folder / "expected"));
    const std::uint64_t want = hash_of(folder / "expected");
    for (const std::int64_t chunk : {1, 7, 64}) {
        for (const int threads : {1, 2}) {
            const std::string name = std::to_string(chunk) + "-" + std::to_string(threads);
            const path straight = folder / ("straight" + name);
            EXPECT_TRUE(run(study, into(straight, chunk, false, threads)).finished);
            EXPECT_EQ(hash_of(straight), want) << name;

            // Stopped again and again, each time somewhat later, and gone on with.
            const path broken = folder / ("broken" + name);
            RunReport report;
            int rounds = 0;
            for (; !report.finished; ++rounds) {
                std::atomic<bool> stop{false};
                RunOptions options = into(broken, chunk, true, threads);
                options.stop = &stop;
                const auto end =
                    std::chrono::steady_clock::now() + std::chrono::milliseconds(5 * rounds + 5);
                std::thread stopper([&] {
                    while (!stop && std::chrono::steady_clock::now() < end) {
                        std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    }
                    stop = true;
                });
                report = run(study, options);
                stop = true;
                stopper.join();
            }
            EXPECT_GT(rounds, 1);
            EXPECT_EQ(hash_of(broken), want) << name;
        }
    }
}

TEST(Run, MoreDrawsOnResumeEqualARunWithThatMany) {
    const TemporaryFolder folder;
    FakeOps fresh;
    run(fresh, fake_study(100), into(folder / "fresh"));
    FakeOps grown;
    run(grown, fake_study(33), into(folder / "grown", 10));
    EXPECT_EQ(Results(folder / "grown").draws_done(1), 33);
    run(grown, fake_study(100), into(folder / "grown", 16, true));
    EXPECT_EQ(hash_of(folder / "grown"), hash_of(folder / "fresh"));
    for (const auto& [draw, times] : grown.begun)
        EXPECT_EQ(times, 2) << draw;  // once a cell
    EXPECT_EQ(Results(folder / "grown").study().draws, 100);

    // With nothing missing a resume draws nothing.
    FakeOps idle;
    const RunReport report = run(idle, fake_study(100), into(folder / "grown", 16, true));
    EXPECT_TRUE(report.finished);
    EXPECT_EQ(report.draws_computed, 0);
    EXPECT_TRUE(idle.begun.empty());
}

TEST(Run, AnEmptyStudyIsAStudy) {
    const TemporaryFolder folder;
    FakeOps ops;
    EXPECT_TRUE(run(ops, fake_study(0), into(folder / "r")).finished);
    EXPECT_TRUE(ops.begun.empty());
    const Results results(folder / "r");
    EXPECT_EQ(results.draws_done(0), 0);
    const Summary s = results.summary(0, 0, 0);
    EXPECT_EQ(s.count, 0);
    EXPECT_TRUE(std::isnan(s.mean));
    EXPECT_TRUE(results.draws(0, 0, 0).empty());
}

TEST(Run, DepthZeroMeasuresTheInput) {
    const TemporaryFolder folder;
    const Study study = parse_study(
        "draws = 5\n[network]\nwidth = 6\ndepth = 0\n[input]\nkind = "
        "\"identity\"\n[record]\nmetrics = [\"numerical_rank\"]\n",
        "s.toml");
    EXPECT_TRUE(run(study, into(folder / "r")).finished);
    EXPECT_EQ(Results(folder / "r").summary(0, 0, 0).mean, 6);
}

TEST(Run, BadRequestsAreNamed) {
    FakeOps ops;
    const auto message = [&](const Study& study, const RunOptions& options) {
        return refusal([&] { return run(ops, study, options); });
    };
    const TemporaryFolder folder;
    RunOptions options = into(folder / "r");
    options.draws = -1;
    EXPECT_EQ(message(fake_study(), options),
              "draws is -1; allowed are whole numbers from 0 to 72057594037927936");
    EXPECT_EQ(message(fake_study(), into(folder / "r", -5)),
              "chunk is -5; allowed are whole numbers from 0");
    EXPECT_EQ(message({}, into(folder / "r")), "a study needs at least one cell");
    Study study = fake_study();
    study.cells[1].network.width = 0;
    EXPECT_EQ(message(study, into(folder / "r")),
              "cell 1: width is 0; allowed are whole numbers from 1 to 131071");
    study = fake_study();
    study.cells[0].layers = {0, 10};
    EXPECT_EQ(message(study, into(folder / "r")),
              "cell 0: recorded depths must ascend from 0 to depth 9; here is 10");
    EXPECT_FALSE(std::filesystem::exists(folder / "r"));
}

TEST(Run, TellsItsProgressAndCanBeReadMeanwhile) {
    const TemporaryFolder folder;
    const path file = folder / "r";
    RunOptions options = into(file, 20);
    std::int64_t seen = 0;
    double last = 0;
    double total = 0;
    options.progress = [&](const Progress& progress) {
        EXPECT_GE(progress.layer_draws_done, last);
        EXPECT_LE(progress.layer_draws_done, progress.layer_draws_total);
        EXPECT_EQ(progress.cells, 16U);
        last = progress.layer_draws_done;
        total = progress.layer_draws_total;
        const Results results(file);
        std::int64_t done = 0;
        for (std::size_t cell = 0; cell < 16; ++cell) {
            done += results.draws_done(cell);
            if (results.draws_done(cell) > 0) {
                EXPECT_EQ(results.summary(cell, 0, 0).count, results.draws_done(cell));
            }
        }
        EXPECT_GE(done, seen);
        seen = done;
    };
    EXPECT_TRUE(run(real_study(), options).finished);
    EXPECT_EQ(total, 16 * 200 * 12);
    EXPECT_EQ(last, total);
    EXPECT_EQ(seen, 16 * 200);
}

TEST(Run, EstimatesBeforeItRuns) {
    const Estimate e = estimate(real_study(), into(""));
    EXPECT_EQ(e.cells, 16);
    EXPECT_EQ(e.layer_draws, 16 * 200 * 12);
    EXPECT_GT(e.seconds, 0);
    EXPECT_GE(e.chunk_draws, 1);
    EXPECT_GT(e.memory_bytes, 0);
    EXPECT_GT(e.memory_free_bytes, e.memory_bytes);
    const TemporaryFolder folder;
    run(real_study(), into(folder / "r"));
    const auto size = static_cast<double>(std::filesystem::file_size(folder / "r"));
    EXPECT_LT(static_cast<double>(e.result_bytes), 2 * size);
    EXPECT_GT(static_cast<double>(e.result_bytes), size / 2);
}

}  // namespace
}  // namespace rankchain

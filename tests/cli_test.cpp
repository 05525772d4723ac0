// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/cli_case.hpp"
#include "tests/command.hpp"
#include "tests/io_files.hpp"
#include "tests/temporary.hpp"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace rankchain {
namespace {

using command::call;
using command::content;
using command::lines;
using command::Outcome;
using command::Running;

constexpr const char* fixed_columns =
    "width,batch,depth,weights,scale,gamma,normalization,activation,precision,observe,layer,metric,"
    "tau,count,mean,std,stderr,min,q05,q25,median,q75,q95,max,failed,resolved";

TEST(Help, OpensWithExamplesForEveryCommand) {
    const TemporaryFolder folder;
    for (const std::string sub : {"", "run", "export", "plot", "rank", "paper", "info"}) {
        std::vector<std::string> arguments{"--help"};
        if (!sub.empty()) arguments.insert(arguments.begin(), sub);
        const Outcome help = call(folder.path(), arguments);
        EXPECT_EQ(help.code, 0) << sub;
        EXPECT_EQ(help.err, "") << sub;
        const std::size_t examples = help.out.find("Examples:");
        ASSERT_NE(examples, std::string::npos) << sub;
        EXPECT_LT(examples, help.out.find("Usage:")) << sub;
        EXPECT_NE(help.out.find("rankchain " + sub, examples), std::string::npos) << sub;
    }
}

TEST(Help, EveryOptionStandsInTheDocument) {
    const std::string document = content(std::string(RANKCHAIN_SOURCE_DIR) + "/docs/cli.md");
    const TemporaryFolder folder;
    for (const std::string sub : {"run", "export", "plot", "rank", "paper", "info"}) {
        const std::size_t begin = document.find("## `rankchain " + sub);
        ASSERT_NE(begin, std::string::npos) << sub;
        const std::string section = document.substr(begin, document.find("\n## ", begin) - begin);
        const std::string help = call(folder.path(), {sub, "--help"}).out;
        std::size_t options = 0;
        for (std::size_t at = help.find("--", help.find("\nOptions:")); at != std::string::npos;
             at = help.find("--", at + 2)) {
            const std::string name =
                help.substr(at, help.find_first_not_of("-abcdefghijklmnopqrstuvwxyz", at) - at);
            if (name == "--help" || name == "--") continue;
            ++options;
            EXPECT_NE(section.find("`" + name), std::string::npos) << sub << " " << name;
        }
        EXPECT_EQ(options > 0, sub != "info") << sub;
    }
}

TEST(Help, VersionIsOneLine) {
    const TemporaryFolder folder;
    const Outcome version = call(folder.path(), {"--version"});
    EXPECT_EQ(version.code, 0);
    EXPECT_EQ(version.out.rfind("rankchain ", 0), 0U);
    EXPECT_EQ(lines(version.out).size(), 1U);
    const Outcome info = call(folder.path(), {"info"});
    EXPECT_EQ(info.code, 0) << info.err;
    for (const char* part : {"cpu", "cuda", "OpenBLAS", "limits"}) {
        EXPECT_NE(info.out.find(part), std::string::npos) << part;
    }
}

TEST(Run, EndsWithATableAndSaysWhatIsNext) {
    const TemporaryFolder folder;
    const Outcome run = run_small(folder);
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.err, "");
    EXPECT_NE(run.out.find("d = N = 8, batch norm"), std::string::npos) << run.out;
    EXPECT_NE(run.out.find("rankchain plot small.rankchain"), std::string::npos) << run.out;
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "small.rankchain"));
}

TEST(Run, QuietSaysNothing) {
    const TemporaryFolder folder;
    command::write(folder / "small.toml", small_study);
    const Outcome run = call(folder.path(), {"run", "small.toml", "-o", "a b.rankchain", "--draws",
                                             "3", "--threads", "1", "--chunk", "2", "--quiet"});
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.out + run.err, "");
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "a b.rankchain"));
}

TEST(Run, DryRunWritesNothing) {
    const TemporaryFolder folder;
    command::write(folder / "small.toml", small_study);
    const Outcome dry = call(folder.path(), {"run", "small.toml", "--dry-run"});
    EXPECT_EQ(dry.code, 0) << dry.err;
    for (const char* part : {"cells          4", "draws a cell   40", "layers x draws 3200",
                             "memory", "result file"}) {
        EXPECT_NE(dry.out.find(part), std::string::npos) << part << "\n" << dry.out;
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        files += entry.exists() ? 1U : 0U;
    }
    EXPECT_EQ(files, 1U);
}

TEST(Export, HasTheFixedColumnsFirst) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_small(folder).code, 0);
    const Outcome csv = call(folder.path(), {"export", "small.rankchain"});
    ASSERT_EQ(csv.code, 0) << csv.err;
    EXPECT_EQ(csv.err, "");
    EXPECT_EQ(lines(csv.out).front(),
              std::string(fixed_columns) + ",degenerate_rows,order,eps,input,undecided,margin");
    const auto rows = table(csv.out);
    // 4 depths; width 4: 4 quantities and 4 eigenvalues, width 8: 4 and 8; two norms.
    EXPECT_EQ(rows.size(), 4U * 2 * (4 + 4 + 4 + 8));
    std::set<std::string> metrics;
    for (const auto& row : rows) {
        metrics.insert(row.at("metric"));
        EXPECT_EQ(row.at("tau").empty(), row.at("metric") != "soft_rank");
        EXPECT_EQ(row.at("gamma"), "inf");
        EXPECT_EQ(row.at("count"), "40");
    }
    EXPECT_TRUE(metrics.contains("lambda_8") && metrics.contains("numerical_rank"));
}

TEST(Export, SummariesAreThoseOfTheDraws) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_small(folder).code, 0);
    const auto rows = table(call(folder.path(), {"export", "small.rankchain"}).out);
    const Outcome draws = call(folder.path(), {"export", "small.rankchain", "--draws"});
    ASSERT_EQ(draws.code, 0) << draws.err;
    const auto key = [](const std::map<std::string, std::string>& row) {
        return row.at("width") + row.at("normalization") + " " + row.at("layer") + " " +
               row.at("metric") + row.at("tau");
    };
    std::map<std::string, std::vector<double>> values;
    for (const auto& row : table(draws.out)) {
        EXPECT_EQ(row.at("draw"), std::to_string(values[key(row)].size()));
        values[key(row)].push_back(real(row.at("value")));
    }
    ASSERT_EQ(values.size(), rows.size());
    for (const auto& row : rows) {
        const std::vector<double>& of = values.at(key(row));
        long double sum = 0;
        long double size = 0;
        for (const double value : of) {
            sum += value;
            size += std::fabs(value);
        }
        // A sum of n terms in double is off by less than n eps sum |x|.
        const auto n = static_cast<double>(of.size());
        const double bound = n * 2.3e-16 * static_cast<double>(size) / n + 1e-300;
        EXPECT_TRUE(std::fabs(real(row.at("mean")) - static_cast<double>(sum) / n) <= bound)
            << key(row);
    }
}

TEST(Export, JsonHoldsTheSameAndHistograms) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_small(folder).code, 0);
    const auto rows = table(call(folder.path(), {"export", "small.rankchain"}).out);
    const Outcome text =
        call(folder.path(), {"export", "small.rankchain", "--format", "json", "--draws"});
    ASSERT_EQ(text.code, 0) << text.err;
    const auto json = nlohmann::json::parse(text.out);
    EXPECT_EQ(json.at("study"), small_study);
    EXPECT_EQ(json.at("seed"), 7);
    for (const char* key : {"version", "git_revision", "device", "arithmetic"}) {
        EXPECT_TRUE(json.at("provenance").contains(key)) << key;
    }
    ASSERT_EQ(json.at("rows").size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = json.at("rows").at(i);
        EXPECT_EQ(row.at("metric"), rows[i].at("metric"));
        EXPECT_EQ(row.at("mean").get<double>(), real(rows[i].at("mean")));
        EXPECT_EQ(row.at("gamma"), "inf");
        EXPECT_EQ(row.at("tau").is_null(), rows[i].at("tau").empty());
        EXPECT_EQ(row.at("draws").size(), 40U);
        const bool integer =
            row.at("metric") == "soft_rank" || row.at("metric") == "numerical_rank";
        ASSERT_EQ(row.contains("histogram"), integer);
        if (!integer) continue;
        std::map<std::string, int> counted;
        for (const auto& value : row.at("draws")) {
            counted[std::to_string(value.get<long>())] += 1;
        }
        EXPECT_EQ(row.at("histogram").get<decltype(counted)>(), counted);
    }
}

TEST(Export, NoticesAFullDisk) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_small(folder).code, 0);
    const Outcome full = call(folder.path(), {"export", "small.rankchain"}, {}, "/dev/full");
    EXPECT_EQ(full.code, 1);
    EXPECT_EQ(full.err, "rankchain: cannot write standard output: No space left on device\n");
    // Little enough to be noticed only at the end.
    const Outcome late = call(folder.path(), {"--version"}, {}, "/dev/full");
    EXPECT_EQ(late.code, 1);
    EXPECT_EQ(late.err, full.err);
}

TEST(Export, DoesNotDependOnTheLocale) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_small(folder).code, 0);
    const Outcome plain = call(folder.path(), {"export", "small.rankchain"}, {"LC_ALL=C"});
    const Outcome german = call(folder.path(), {"export", "small.rankchain"},
                                {"LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8"});
    EXPECT_EQ(plain.out, german.out);
}

// Long enough to be interrupted: some seconds, in many chunks.
constexpr const char* long_study = R"(
seed = 3
draws = 60
[network]
width = 8
depth = 8000
normalization = ["batch", "none"]
[record]
depths = "log:8"
soft_rank = [0.1]
metrics = ["rank_lower_bound"]
keep = "draws"
)";

TEST(Signals, AnInterruptedRunResumesToTheSameNumbers) {
    const TemporaryFolder folder;
    command::write(folder / "long.toml", long_study);
    ASSERT_EQ(call(folder.path(), {"run", "long.toml", "-o", "whole.rankchain"}).code, 0);
    for (const int signal : {SIGINT, SIGTERM}) {
        const std::string file = "part" + std::to_string(signal) + ".rankchain";
        Running running(folder.path(), {"run", "long.toml", "-o", file, "--chunk", "2"});
        ASSERT_TRUE(command::wait_for_draws(folder.path(), file));
        running.signal(signal);
        const Outcome stopped = running.wait();
        EXPECT_EQ(stopped.code, 128 + signal) << stopped.err;
        EXPECT_NE(stopped.err.find("rankchain run long.toml -o " + file + " --resume"),
                  std::string::npos)
            << stopped.err;
        const Outcome part = call(folder.path(), {"export", file, "--draws"});
        EXPECT_NE(part.err.find("is not finished"), std::string::npos) << part.err;
        const Outcome resumed = call(folder.path(), {"run", "long.toml", "-o", file, "--resume"});
        ASSERT_EQ(resumed.code, 0) << resumed.err;
        const std::string whole = call(folder.path(), {"export", "whole.rankchain", "--draws"}).out;
        EXPECT_LT(lines(part.out).size(), lines(whole).size());
        EXPECT_EQ(call(folder.path(), {"export", file, "--draws"}).out, whole);
    }
}

TEST(Signals, ASecondOneEndsAtOnce) {
    const TemporaryFolder folder;
    // One chunk of minutes: the first signal alone would wait for a place to stop.
    command::write(folder / "long.toml",
                   std::string(long_study)
                       .replace(std::string(long_study).find("draws = 60"), 10, "draws = 99999"));
    Running running(folder.path(), {"run", "long.toml", "--quiet"});
    while (!std::filesystem::exists(folder.path() / "long.rankchain")) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    running.signal(SIGINT);
    running.signal(SIGTERM);
    const int code = running.wait().code;
    EXPECT_TRUE(code == 130 || code == 143) << code;
}

TEST(Rank, CountsOfMatricesOfOnesOwn) {
    const TemporaryFolder folder;
    // diag(2, 1, 0.5) and zeros, N = 4: sigma^2 / N = 1, 0.25, 0.0625.
    std::vector<double> values(24, 0.0);
    values[0] = 2;
    values[5] = 1;
    values[10] = 0.5;
    command::write(folder / "many.npy",
                   io_files::npy("<f8", false, {2, 3, 4}, io_files::packed(values, false)));
    const Outcome many =
        call(folder.path(), {"rank", "many.npy", "--tau", "0.05", "0.2", "0.9", "1.1"});
    ASSERT_EQ(many.code, 0) << many.err;
    const std::vector<std::string> expected{"0,0.05,3", "0,0.2,2", "0,0.9,1", "0,1.1,0",
                                            "1,0.05,0", "1,0.2,0", "1,0.9,0", "1,1.1,0"};
    const std::vector<std::string> got = lines(many.out);
    ASSERT_EQ(got.size(), 9U);
    EXPECT_EQ(got[0], "matrix,tau,soft_rank,resolved");
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(got[i + 1].substr(0, got[i + 1].rfind(',')), expected[i]);
    }
    values.resize(12);
    command::write(folder / "one.npy",
                   io_files::npy("<f8", false, {3, 4}, io_files::packed(values, false)));
    const Outcome one = call(folder.path(), {"rank", "one.npy", "--tau", "0.2"});
    EXPECT_EQ(lines(one.out).at(1).rfind("0,0.2,2,", 0), 0U) << one.out;
    // A tie, which no count decides and singular values are not asked to.
    command::write(folder / "tie.npy",
                   io_files::npy("<f8", false, {1, 1}, io_files::packed(std::vector{1.0}, false)));
    for (const std::string method : {"auto", "count", "eigen", "svd"}) {
        const Outcome tie =
            call(folder.path(), {"rank", "tie.npy", "--tau", "1", "--spectrum", method});
        EXPECT_EQ(lines(tie.out).at(1), method == "svd" ? "0,1,1,0" : "0,1,1,1") << method;
    }
}

}  // namespace
}  // namespace rankchain

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/theory.hpp"
#include "tests/command.hpp"
#include "tests/io_files.hpp"
#include "tests/temporary.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace rankchain {
namespace {

using command::call;
using command::content;
using command::fields;
using command::lines;
using command::Outcome;
using command::Running;

constexpr const char* small_study = R"(
seed = 7
draws = 40
[network]
width = [4, 8]
batch = "width"
depth = 20
normalization = ["batch", "none"]
[record]
depths = [0, 1, 5, 20]
soft_rank = [0.1, 0.5]
metrics = ["rank_lower_bound", "numerical_rank", "spectrum"]
keep = "draws"
)";

constexpr const char* fixed_columns =
    "width,batch,depth,weights,scale,gamma,normalization,activation,precision,observe,layer,metric,"
    "tau,count,mean,std,stderr,min,q05,q25,median,q75,q95,max,failed,resolved";

std::vector<std::map<std::string, std::string>> table(const std::string& csv) {
    const std::vector<std::string> all = lines(csv);
    const std::vector<std::string> names = fields(all.at(0));
    std::vector<std::map<std::string, std::string>> rows;
    for (std::size_t i = 1; i < all.size(); ++i) {
        const std::vector<std::string> values = fields(all[i]);
        EXPECT_EQ(values.size(), names.size()) << all[i];
        std::map<std::string, std::string> row;
        for (std::size_t c = 0; c < names.size() && c < values.size(); ++c) {
            row[names[c]] = values[c];
        }
        rows.push_back(row);
    }
    return rows;
}

double real(const std::string& text) {
    double value = std::nan("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    EXPECT_TRUE(error == std::errc{} && end == text.data() + text.size()) << text;
    return value;
}

Outcome run_small(const TemporaryFolder& folder) {
    command::write(folder / "small.toml", small_study);
    return call(folder.path(), {"run", "small.toml"});
}

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

// As the command itself sees it.
bool have_gnuplot() {
    const TemporaryFolder folder;
    return call(folder.path(), {"info"}).out.find("gnuplot          /") != std::string::npos;
}

TEST(Plot, DrawsSvgAndPngUnderAnyName) {
    if (!have_gnuplot()) GTEST_SKIP() << "gnuplot is not on PATH";
    const TemporaryFolder folder;
    ASSERT_EQ(run_small(folder).code, 0);
    const std::string odd = "it's \"odd\" $HOME `x` %d.rankchain";
    std::filesystem::copy(folder.path() / "small.rankchain", folder.path() / odd);
    const std::vector<std::vector<std::string>> ways{
        {},
        {"--metric", "rank_lower_bound", "--band", "stderr"},
        {"--metric", "soft_rank", "--log", "xy"},
        {"--metric", "soft_rank(0.5)", "--x", "width", "--layer", "5"},
        {"--metric", "spectrum", "--band", "none"},
        {"--metric", "lambda_2", "--x", "width"}};
    for (const std::vector<std::string>& way : ways) {
        for (const std::string suffix : {".svg", ".png"}) {
            std::vector<std::string> arguments{"plot", odd, "-o", "a figure's" + suffix};
            arguments.insert(arguments.end(), way.begin(), way.end());
            const Outcome plot = call(folder.path(), arguments);
            ASSERT_EQ(plot.code, 0) << plot.err;
            const std::string drawn = content(folder.path() / ("a figure's" + suffix));
            ASSERT_GT(drawn.size(), 5000U);
            if (suffix == ".png") {
                EXPECT_EQ(drawn.substr(0, 8), "\x89PNG\r\n\x1a\n");
                EXPECT_NE(drawn.find("IEND", drawn.size() - 12), std::string::npos);
            } else {
                EXPECT_EQ(drawn.rfind("<?xml", 0), 0U);
                EXPECT_NE(drawn.find("<svg"), std::string::npos);
                EXPECT_NE(drawn.rfind("</svg>"), std::string::npos);
                EXPECT_NE(drawn.find("it's"), std::string::npos) << "the title";
            }
        }
    }
    EXPECT_EQ(call(folder.path(), {"plot", "small.rankchain"}).code, 0);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "small.svg"));
}

// What tells cells apart and no more: of a file its name, without its folders.
TEST(Plot, NamesItsLinesByWhatDiffers) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "data");
    std::vector<double> values;
    for (int i = 0; i < 32; ++i)
        values.push_back(i * i % 7);
    const std::string array = io_files::npy("<f8", false, {4, 8}, io_files::packed(values, false));
    command::write(folder / "data/one.npy", array);
    command::write(folder / "data/two.npy", array);
    const std::string study =
        "draws = 2\n[network]\nwidth = 4\nbatch = 4\ndepth = 3\n"
        "[input]\nkind = \"npy\"\n"
        "standardise = [\"none\", \"row\"]\n";
    command::write(folder / "s.toml", study + "path = \"data/one.npy\"\n");
    const Outcome ran = call(folder.path(), {"run", "s.toml"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(lines(ran.out).at(1).rfind("not standardised  ", 0), 0U) << ran.out;
    EXPECT_EQ(lines(ran.out).at(2).rfind("rows standardised  ", 0), 0U) << ran.out;
    command::write(folder / "t.toml", study +
                                          "path = [\"data/one.npy\", \"data/two.npy\"]\n"
                                          "offset = [0, 3]\n");
    const Outcome more = call(folder.path(), {"run", "t.toml"});
    ASSERT_EQ(more.code, 0) << more.err;
    EXPECT_NE(more.out.find("input npy one.npy, offset 3, rows standardised"), std::string::npos)
        << more.out;
    EXPECT_EQ(more.out.find("data/"), std::string::npos) << more.out;
    const Outcome layer = call(
        folder.path(), {"plot", "s.rankchain", "--x", "width", "--layer", "4", "--data", "s.csv"});
    EXPECT_EQ(layer.code, 2);
    EXPECT_NE(layer.err.find("recorded depths: 1, 2, 3"), std::string::npos) << layer.err;
}

TEST(Plot, LeavesNothingInTheTemporaryFolder) {
    if (!have_gnuplot()) GTEST_SKIP() << "gnuplot is not on PATH";
    const TemporaryFolder folder;
    const TemporaryFolder temporary;
    ASSERT_EQ(run_small(folder).code, 0);
    const Outcome plot =
        call(folder.path(), {"plot", "small.rankchain"}, {"TMPDIR=" + temporary.path().string()});
    EXPECT_EQ(plot.code, 0) << plot.err;
    EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

TEST(Plot, WithoutGnuplotTheDataStand) {
    const TemporaryFolder folder;
    ASSERT_EQ(run_small(folder).code, 0);
    const Outcome plot =
        call(folder.path(),
             {"plot", "small.rankchain", "--metric", "rank_lower_bound", "--data", "figure.csv"},
             {"PATH=" + folder.path().string()});
    EXPECT_EQ(plot.code, 1);
    EXPECT_NE(plot.err.find("gnuplot was not found on PATH"), std::string::npos) << plot.err;
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "small.svg"));
    const auto rows = table([&] {
        // Series names hold commas: drop the quoted ones, which this reader does not know.
        std::string text = content(folder.path() / "figure.csv");
        std::string plain;
        bool quoted = false;
        for (const char c : text) {
            if (c == '"') quoted = !quoted;
            plain += quoted && c == ',' ? ';' : c;
        }
        return plain;
    }());
    // Four cells at four depths measured; d/(l+2) where it is at least 1: l = 0, 1 at d = 4 and
    // l = 0, 1, 5 at d = 8.
    std::map<std::string, int> kinds;
    for (const auto& row : rows) {
        kinds[row.at("kind")] += 1;
        if (row.at("kind") == "theory") {
            EXPECT_GE(real(row.at("y")), 1.0);
        }
    }
    EXPECT_EQ(kinds["measured"], 16);
    EXPECT_EQ(kinds["theory"], 5);
}

TEST(Paper, ListsPrintsAndRefuses) {
    const TemporaryFolder folder;
    const Outcome list = call(folder.path(), {"paper"});
    EXPECT_EQ(list.code, 0);
    for (const char* name : {"fig1", "fig2", "fig3a", "fig3b", "fig4", "fig5", "fig6"}) {
        EXPECT_NE(list.out.find(name), std::string::npos) << name;
    }
    const Outcome study = call(folder.path(), {"paper", "fig2", "--print-study"});
    ASSERT_EQ(study.code, 0);
    command::write(folder / "fig2.toml", study.out);
    const Outcome dry =
        call(folder.path(), {"run", "fig2.toml", "--dry-run", "--draws", "1", "--threads", "1"});
    EXPECT_EQ(dry.code, 0) << dry.err;
    EXPECT_NE(dry.out.find("cells          6"), std::string::npos) << dry.out;
    const Outcome training = call(folder.path(), {"paper", "fig4"});
    EXPECT_EQ(training.code, 2);
    EXPECT_NE(training.err.find("comes with training"), std::string::npos);
}

TEST(Paper, Figure3bFromNothing) {
    if (!have_gnuplot()) GTEST_SKIP() << "gnuplot is not on PATH";
    const TemporaryFolder folder;
    const std::vector<std::string> arguments{"paper", "fig3b", "--quick", "--draws",
                                             "3",     "-o",    "a/folder"};
    const Outcome paper = call(folder.path(), arguments);
    ASSERT_EQ(paper.code, 0) << paper.err;
    for (const char* name : {"fig3b.toml", "fig3b.rankchain", "fig3b.csv", "fig3b.svg", "fig3b.png",
                             "fig3b-figure.csv"}) {
        EXPECT_GT(std::filesystem::file_size(folder.path() / "a/folder" / name), 0U) << name;
    }
    // Again: nothing is left to draw, the figure is drawn anew.
    std::filesystem::remove(folder.path() / "a/folder/fig3b.svg");
    EXPECT_EQ(call(folder.path(), arguments).code, 0);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "a/folder/fig3b.svg"));
}

TEST(Theory, LyapunovExponentsAreNewmans) {
    // psi(1) = -0.5772156649015329, psi(1/2) = -1.9635100260214235, psi(3/2) = psi(1/2) + 2.
    const std::vector<double> mu = cli::lyapunov_exponents(3);
    const double ln2 = 0.6931471805599453;
    ASSERT_EQ(mu.size(), 3U);
    EXPECT_NEAR(mu[0], (ln2 + 0.0364899739785765) / 2, 1e-15);
    EXPECT_NEAR(mu[1], (ln2 - 0.5772156649015329) / 2, 1e-15);
    EXPECT_NEAR(mu[2], (ln2 - 1.9635100260214235) / 2, 1e-15);
}

TEST(Theory, TheRankFallsAsTheExponentsSay) {
    Cell cell;
    cell.network = {.width = 16, .batch = 16, .depth = 4000};
    cell.network.normalization = Normalization::none;
    cell.network.precision = Precision::float64;
    const auto rank =
        cli::theory_over_depth(cell, {Metric::numerical_rank, std::nan(""), 0}, {1, 100, 4000});
    ASSERT_TRUE(rank.has_value());
    EXPECT_EQ(rank->values[0], 16);
    EXPECT_EQ(rank->values[2], 1);
    // At layer 100 by hand: 101 factors, those with 101 (mu_1 - mu_i) <= -ln(16 eps) = 33.27.
    const std::vector<double> mu = cli::lyapunov_exponents(16);
    double count = 0;
    for (const double value : mu) {
        count += 101 * (mu[0] - value) <= -std::log(16 * 0x1p-52) ? 1 : 0;
    }
    EXPECT_EQ(rank->values[1], count);
    cell.network.normalization = Normalization::batch;
    EXPECT_FALSE(cli::theory_over_depth(cell, {Metric::numerical_rank, std::nan(""), 0}, {1}));
}

TEST(Theory, LeastSquaresKnowsItsError) {
    // y = 1 + 2 x with residuals 1, -2, 1 that a line cannot take: error sqrt(6 / 1 / 2).
    const cli::LineFit fit = cli::fit_line({1, 2, 3}, {4, 3, 8});
    EXPECT_NEAR(fit.slope, 2, 1e-14);
    EXPECT_NEAR(fit.intercept, 1, 1e-14);
    EXPECT_NEAR(fit.slope_error, std::sqrt(3.0), 1e-14);
    EXPECT_TRUE(std::isnan(cli::fit_line({1, 2}, {1, 2}).slope));
}

}  // namespace
}  // namespace rankchain

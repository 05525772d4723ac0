// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Figures by the command, as it was built, and the theory drawn in them.
#include "host/cli/theory.hpp"
#include "tests/cli_case.hpp"
#include "tests/command.hpp"
#include "tests/io_files.hpp"
#include "tests/temporary.hpp"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using command::call;
using command::content;
using command::lines;
using command::Outcome;

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
    std::vector<double> values(32);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<double>(i * i % 7);
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

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/study/study_file.hpp"

#include "tests/refusal.hpp"
#include "tests/temporary.hpp"
#include <rankchain/error.hpp>

#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rankchain {
namespace {

using Layers = std::vector<std::int64_t>;

Study parse(const std::string& text) {
    return parse_study(text, "s.toml");
}

std::string refusal(const std::string& text) {
    return rankchain::refusal([&] { return parse(text); });
}

// A study with one line more in a section.
std::string with(const std::string& section, const std::string& line) {
    std::string network = "[network]\nwidth = 8\ndepth = 50\n";
    if (section == "network") return network + line;
    return network + "[" + section + "]\n" + line;  // the line is the fifth
}

TEST(StudyFile, TheListingOfTheContract) {
    const Study study = parse(R"(
seed  = 1
draws = 1000
[network]
width         = [32, 64]
batch         = "width"
depth         = 1000
weights       = "gaussian"
scale         = 1.0
gamma         = inf
normalization = ["batch", "none"]
activation    = "linear"
order         = "norm-act"
eps           = 0.0
precision     = "float32"
[input]
kind = "gaussian"
[record]
depths  = "log:25"
observe = "hidden"
soft_rank = [0.1, 0.5]
metrics = ["rank_lower_bound", "stable_rank"]
keep = "summary"
)");
    EXPECT_EQ(study.seed, 1U);
    EXPECT_EQ(study.draws, 1000);
    EXPECT_FALSE(study.keep_draws);
    ASSERT_EQ(study.cells.size(), 4U);
    // The last axis varies fastest.
    EXPECT_EQ(study.cells[0].network, (Network{.width = 32, .batch = 32, .depth = 1000}));
    EXPECT_EQ(study.cells[1].network.width, 32);
    EXPECT_EQ(study.cells[1].network.normalization, Normalization::none);
    EXPECT_EQ(study.cells[2].network, (Network{.width = 64, .batch = 64, .depth = 1000}));
    EXPECT_EQ(study.cells[3].network.batch, 64);
    const Cell& cell = study.cells[0];
    ASSERT_EQ(cell.quantities.size(), 4U);
    EXPECT_EQ(cell.quantities[1].tau, 0.5);
    EXPECT_EQ(cell.quantities[3].metric, Metric::stable_rank);
    EXPECT_EQ(cell.layers.front(), 1);
    EXPECT_EQ(cell.layers.back(), 1000);
}

TEST(StudyFile, Defaults) {
    const std::string text = "[network]\nwidth = 8\ndepth = 50\n";
    const Study study = parse(text);
    EXPECT_EQ(study.text, text);
    EXPECT_EQ(study.seed, 1U);
    EXPECT_EQ(study.draws, 1000);
    EXPECT_FALSE(study.keep_draws);
    ASSERT_EQ(study.cells.size(), 1U);
    EXPECT_EQ(study.cells[0].network, (Network{.width = 8, .batch = 8, .depth = 50}));
    EXPECT_EQ(study.cells[0].input.kind, Input::Kind::gaussian);
    EXPECT_EQ(study.cells[0].observe, Observe::hidden);
    ASSERT_EQ(study.cells[0].quantities.size(), 1U);
    EXPECT_EQ(study.cells[0].quantities[0].metric, Metric::rank_lower_bound);
    EXPECT_EQ(study.cells[0].layers, recorded_depths({}, 50));
}

TEST(StudyFile, EveryKeyIsRead) {
    const Study study = parse(R"(
seed = "18446744073709551615"
draws = 72057594037927936
network.width = 6
network.batch = 9
network.depth = 3
network.weights = "half-normal"
network.scale = "he"
network.gamma = 1
network.normalization = "rms"
network.activation = "leaky-relu"
network.order = "act-norm"
network.eps = 1e-5
network.precision = "float64"
input.kind = "duplicate-pairs"
record.depths = [3, 0, 3]
record.observe = "preactivation"
record.soft_rank = [0, 1e-3]
record.metrics = ["spectrum"]
record.keep = "draws"
)");
    EXPECT_EQ(study.seed, 18446744073709551615U);
    EXPECT_EQ(study.draws, std::int64_t{1} << 56);
    EXPECT_TRUE(study.keep_draws);
    const Network want{6,
                       9,
                       3,
                       Weights::half_normal,
                       {Scale::Kind::he, 1.0},
                       1.0,
                       Normalization::rms,
                       Activation::leaky_relu,
                       Order::act_norm,
                       1e-5,
                       Precision::float64};
    ASSERT_EQ(study.cells.size(), 1U);
    EXPECT_EQ(study.cells[0].network, want);
    EXPECT_EQ(study.cells[0].input.kind, Input::Kind::duplicate_pairs);
    EXPECT_EQ(study.cells[0].observe, Observe::preactivation);
    EXPECT_EQ(study.cells[0].layers, (Layers{0, 3}));
    EXPECT_EQ(study.cells[0].quantities.size(), 8U);
    EXPECT_EQ(parse("seed = 9223372036854775807\n" + with("network", "")).seed,
              9223372036854775807U);
}

TEST(StudyFile, EveryNameOfEveryEnumeration) {
    const std::vector<std::pair<std::string, std::size_t>> axes{
        {R"(weights = ["gaussian", "uniform", "rademacher", "orthogonal", "uniform-positive",
             "half-normal"])",
         6},
        {R"(normalization = ["batch", "batch-center", "batch-scale", "layer", "rms", "none"])", 6},
        {R"(activation = ["linear", "relu", "leaky-relu", "tanh", "gelu", "sin", "sign"])", 7},
        {R"(order = ["norm-act", "act-norm"])", 2},
        {R"(precision = ["float32", "float64"])", 2},
        {R"(scale = [1, 0.5, "fan-in", "he"])", 4},
        {R"(gamma = [inf, 0.01, 0, -1])", 4},
        {R"(eps = [0, 1e-5])", 2},
        {R"(batch = ["width", 16])", 2}};
    for (const auto& [line, count] : axes) {
        EXPECT_EQ(parse(with("network", line)).cells.size(), count) << line;
    }
    EXPECT_EQ(parse(with("input", R"(kind = ["gaussian", "gaussian-shared", "identity",
                                            "duplicate-pairs"])"))
                  .cells.size(),
              4U);
}

TEST(StudyFile, TheGridIsTheProductLastFastest) {
    const Study study = parse(R"(
[network]
width = [2, 3]
depth = [4, 5]
gamma = [0.5, inf, 1]
[input]
kind = ["gaussian", "identity"]
)");
    ASSERT_EQ(study.cells.size(), 24U);
    std::size_t at = 0;
    for (const std::int64_t width : {2, 3}) {
        for (const std::int64_t depth : {4, 5}) {
            for (const double gamma : {0.5, std::numeric_limits<double>::infinity(), 1.0}) {
                for (const auto kind : {Input::Kind::gaussian, Input::Kind::identity}) {
                    const Cell& cell = study.cells[at++];
                    EXPECT_EQ(cell.network.width, width);
                    EXPECT_EQ(cell.network.batch, width);
                    EXPECT_EQ(cell.network.depth, depth);
                    EXPECT_EQ(cell.network.gamma, gamma);
                    EXPECT_EQ(cell.input.kind, kind);
                }
            }
        }
    }
}

TEST(StudyFile, DepthRules) {
    const auto rule = [](Depths::Rule which, std::int64_t number) {
        return Depths{.rule = which, .number = number};
    };
    const auto log = [&](std::int64_t k) { return rule(Depths::Rule::log, k); };
    const auto every = [&](std::int64_t k) { return rule(Depths::Rule::every, k); };
    EXPECT_EQ(recorded_depths(log(5), 0), (Layers{0}));
    EXPECT_EQ(recorded_depths(log(5), 1), (Layers{1}));
    EXPECT_EQ(recorded_depths(log(1), 70), (Layers{70}));
    EXPECT_EQ(recorded_depths(log(2), 70), (Layers{1, 70}));
    EXPECT_EQ(recorded_depths(log(4), 1000), (Layers{1, 10, 100, 1000}));
    // 10^(k/4) = 1, 1.78, 3.16, 5.62, 10
    EXPECT_EQ(recorded_depths(log(5), 10), (Layers{1, 2, 3, 6, 10}));
    EXPECT_EQ(recorded_depths(log(10000), 6), (Layers{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(recorded_depths(every(3), 10), (Layers{0, 3, 6, 9}));
    EXPECT_EQ(recorded_depths(every(5), 10), (Layers{0, 5, 10}));
    EXPECT_EQ(recorded_depths(every(100), 10), (Layers{0}));
    EXPECT_EQ(parse(with("record", "depths = \"every:25\"")).cells[0].layers, (Layers{0, 25, 50}));
    EXPECT_EQ(parse(with("record", "depths = [50, 1, 0, 1]")).cells[0].layers, (Layers{0, 1, 50}));
}

// Each refusal whole: place, offending text, what is allowed, the nearest name.
TEST(StudyFile, Refusals) {
    const std::string network_keys =
        "width, batch, depth, weights, scale, gamma, normalization, activation, order, eps, "
        "precision";
    const std::string depths_allowed =
        "; allowed: a list of whole numbers from 0, \"log:K\" with K from 1 to 10000, or "
        "\"every:K\" with K from 1";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"[netwrok]\n",
         "s.toml:1:2: unknown key \"netwrok\"; did you mean \"network\"? allowed: seed, draws, "
         "network, input, record"},
        {"  widht = 1\n",
         "s.toml:1:3: unknown key \"widht\"; allowed: seed, draws, network, input, record"},
        {with("network", "activatoin = \"relu\""),
         "s.toml:4:1: unknown key in [network] \"activatoin\"; did you mean \"activation\"? "
         "allowed: " +
             network_keys},
        {with("record", "metric = []"),
         "s.toml:5:1: unknown key in [record] \"metric\"; did you mean \"metrics\"? allowed: "
         "depths, observe, soft_rank, metrics, keep"},
        {with("input", "kin = \"idx\""),
         "s.toml:5:1: unknown key in [input] \"kin\"; did you mean \"kind\"? allowed: kind, path, "
         "offset, standardise"},
        {with("network", "activation = \"rleu\""),
         "s.toml:4:14: unknown activation \"rleu\"; did you mean \"relu\"? allowed: linear, relu, "
         "leaky-relu, tanh, gelu, sin, sign"},
        {with("network", "activation = [\"relu\", 3]"),
         "s.toml:4:23: unknown activation \"3\"; allowed: linear, relu, leaky-relu, tanh, gelu, "
         "sin, sign"},
        {with("network", "weights = \"ünifrom\""),
         "s.toml:4:11: unknown weights \"ünifrom\"; allowed: gaussian, uniform, rademacher, "
         "orthogonal, uniform-positive, half-normal"},
        {with("input", "kind = \"gausian\""),
         "s.toml:5:8: unknown kind \"gausian\"; did you mean \"gaussian\"? allowed: gaussian, "
         "gaussian-shared, identity, duplicate-pairs, idx, cifar10, npy"},
        {with("record", "metrics = [\"stable_rnk\"]"),
         "s.toml:5:12: unknown metric \"stable_rnk\"; did you mean \"stable_rank\"? allowed: "
         "soft_rank, rank_lower_bound, numerical_rank, stable_rank, effective_rank, "
         "orthogonality_gap, isometry_gap, mean_abs_cosine, condition_number, spectrum, lyapunov"},
        {with("record", "keep = \"drwas\""),
         "s.toml:5:8: unknown keep \"drwas\"; did you mean \"draws\"? allowed: summary, draws"},
        {with("record", "observe = [\"hidden\"]"),
         "s.toml:5:11: unknown observe \"[\"hidden\"]\"; allowed: hidden, preactivation"},
        {"[network]\nwidth = \"8\"\ndepth = 1",
         "s.toml:2:9: width is \"8\"; allowed: a whole number, or an array of them"},
        {"[network]\nwidth = [[8]]\ndepth = 1",
         "s.toml:2:10: width is [8]; allowed: a whole number, or an array of them"},
        {"[network]\nwidth = []\ndepth = 1",
         "s.toml:2:9: width is []; allowed: an array with at least one entry"},
        {"[network]\nwidth = 8.0\ndepth = 1",
         "s.toml:2:9: width is 8.0; allowed: a whole number, or an array of them"},
        {"[network]\nwidth = [8, 0]\ndepth = 1",
         "s.toml:2:13: width is 0; allowed are whole numbers from 1 to 131071"},
        {"[network]\nwidth = 8\n",
         "s.toml:1:1: [network] lacks depth; allowed: a whole number, or an array of them"},
        {"", "s.toml:1:1: [network] lacks width; allowed: a whole number, or an array of them"},
        {with("network", "batch = \"depth\""),
         "s.toml:4:9: batch is \"depth\"; allowed: a whole number, \"width\", or an array of "
         "these"},
        {with("network", "batch = [8, 1]"),
         "s.toml:4:13: batch is 1; batch must be at least 2 with normalization \"batch\": one "
         "sample minus its own mean is zero"},
        {"[network]\nwidth = [8, 1]\ndepth = 1",
         "s.toml:2:13: batch is 1; batch must be at least 2 with normalization \"batch\": one "
         "sample minus its own mean is zero"},
        {with("network", "scale = \"fan_in\""),
         "s.toml:4:9: scale is \"fan_in\"; allowed: a number above 0, \"fan-in\" or \"he\""},
        {with("network", "scale = -2"),
         "s.toml:4:9: scale is -2; allowed are finite numbers above 0, \"fan-in\" and \"he\""},
        {with("network", "gamma = \"inf\""),
         "s.toml:4:9: gamma is \"inf\"; allowed: a number or inf"},
        {with("network", "gamma = [1, nan]"),
         "s.toml:4:13: gamma is nan; allowed are finite numbers and inf"},
        {with("network", "eps = -1e-5"),
         "s.toml:4:7: eps is -1e-05; allowed are finite numbers from 0"},
        {"seed = -1",
         "s.toml:1:8: seed is -1; allowed: a whole number from 0 to 9223372036854775807, or up to "
         "18446744073709551615 as a string of digits"},
        {"seed = \"18446744073709551616\"",
         "s.toml:1:8: seed is \"18446744073709551616\"; allowed: a whole number from 0 to "
         "9223372036854775807, or up to 18446744073709551615 as a string of digits"},
        {"draws = 1.5",
         "s.toml:1:9: draws is 1.5; allowed: a whole number from 0 to 72057594037927936"},
        {"draws = [1, 2]",
         "s.toml:1:9: draws is [1, 2]; allowed: a whole number from 0 to 72057594037927936"},
        {"draws = 72057594037927937",
         "s.toml:1:9: draws is 72057594037927937; allowed: a whole number from 0 to "
         "72057594037927936"},
        {"network = 5", "s.toml:1:11: network is 5; allowed: a table, [network]"},
        {"[[network]]\nwidth = 8",
         "s.toml:1:1: network is [[network]]; allowed: a table, [network]"},
        {with("record", "depths = \"log:0\""), "s.toml:5:10: depths is \"log:0\"" + depths_allowed},
        {with("record", "depths = \"evry:5\""),
         "s.toml:5:10: depths is \"evry:5\"" + depths_allowed},
        {with("record", "depths = 5"), "s.toml:5:10: depths is 5" + depths_allowed},
        {with("record", "depths = [1, 51]"),
         "s.toml:5:14: depths holds 51, beyond the depth 50 of a network; allowed are whole "
         "numbers from 0 to it"},
        {with("record", "depths = [-1]"),
         "s.toml:5:11: depths is -1; allowed: a whole number from 0"},
        {with("record", "depths = []"),
         "s.toml:5:10: depths is []; allowed: an array with at least one entry"},
        {with("record", "soft_rank = 0.5"), "s.toml:5:13: soft_rank is 0.5; allowed: an array"},
        {with("record", "soft_rank = [0.5, -0.1]"),
         "s.toml:5:19: soft_rank is -0.1; allowed: finite numbers from 0"},
        {with("record", "soft_rank = [nan]"),
         "s.toml:5:14: soft_rank is nan; allowed: finite numbers from 0"},
        {with("record", "soft_rank = [0.5, 5e-1]"),
         "s.toml:5:19: soft_rank holds this entry twice"},
        {with("record", "metrics = []"),
         "s.toml:5:11: nothing to measure: give soft_rank thresholds, metrics, or both"},
        {with("record", "metrics = [\"soft_rank\"]"),
         "s.toml:5:12: metric soft_rank needs thresholds: give them as soft_rank = [tau, ...]"},
        {with("record", "metrics = [\"lyapunov\"]"),
         "s.toml:5:12: metric lyapunov is defined for linear chains without normalisation "
         "(activation = \"linear\", normalization = \"none\"); here activation = \"linear\", "
         "normalization = \"batch\""},
        {with("input", "kind = \"npy\""), "s.toml:5:8: kind \"npy\" needs path = \"FILE\""},
        {with("input", "path = \"a.npy\""),
         "s.toml:5:8: path is \"a.npy\"; allowed: only with kind \"idx\", \"cifar10\" or \"npy\"; "
         "here kind is \"gaussian\""},
        {with("input", "kind = \"idx\"\npath = \"\""),
         "s.toml:6:8: path is \"\"; allowed: the name of a file in quotes"},
        {with("input", "kind = \"idx\"\npath = \"x\"\nstandardise = \"rows\""),
         "s.toml:7:15: unknown standardise \"rows\"; did you mean \"row\"? allowed: none, row, "
         "column"},
        {with("network", "weights = [1 2]"),
         "s.toml:4:14: not TOML: Error while parsing array: expected comma or closing ']', saw "
         "'2'; the line is: weights = [1 2]"},
        {with("network", "width = 9"),
         "s.toml:4:9: not TOML: Error while parsing key-value pair: cannot redefine existing "
         "integer 'width'; the line is: width = 9"},
    };
    for (const auto& [text, message] : cases)
        EXPECT_EQ(refusal(text), message) << text;
}

TEST(StudyFile, AGridOrARecordBeyondReasonIsRefusedBeforeItIsMade) {
    std::string many = "[1";
    for (int i = 2; i <= 400; ++i)
        many += ", " + std::to_string(i);
    many += "]";
    EXPECT_EQ(refusal("[network]\nwidth = " + many + "\ndepth = " + many + "\n"),
              "s.toml:2:10: the grid has more than 100000 cells");
    EXPECT_EQ(refusal("[network]\nwidth = 8\ndepth = 4000000000\n[record]\ndepths = \"every:1\""),
              "s.toml:5:10: the study records more than 10000000 numbers a draw; record fewer "
              "depths or metrics");
    EXPECT_EQ(refusal(std::string(1'048'577, '#')),
              "s.toml:1:1: a study file is at most 1 MiB; this has 1048577 bytes");
}

TEST(StudyFile, InputFilesAreReadOnceABatchFromTheStudysFolder) {
    std::vector<std::pair<std::string, std::int64_t>> loads;
    const InputLoader load = [&](const InputFile& file, std::int64_t batch) {
        loads.emplace_back(file.path.string() + "@" + std::to_string(file.offset), batch);
        return Input{Input::Kind::given, 2,
                     std::make_shared<std::vector<double>>(static_cast<std::size_t>(2 * batch))};
    };
    const Study study = parse_study(R"(
[network]
width = [4, 6]
batch = [3, 5]
depth = 1
[input]
kind = "idx"
path = "images.gz"
offset = [0, 7]
standardise = "row"
)",
                                    "/some/where/s.toml", load);
    EXPECT_EQ(study.cells.size(), 8U);
    const std::string path = "/some/where/images.gz";
    EXPECT_EQ(loads, (std::vector<std::pair<std::string, std::int64_t>>{
                         {path + "@0", 3}, {path + "@7", 3}, {path + "@0", 5}, {path + "@7", 5}}));
    EXPECT_EQ(study.cells[0].input.values, study.cells[4].input.values);
    EXPECT_EQ(study.cells[7].input.rows, 2);
}

TEST(StudyFile, WhatAnInputFileCannotBeIsRefusedAtItsKey) {
    EXPECT_EQ(refusal(with("input", "kind = \"idx\"\npath = \"/none.gz\"")),
              "s.toml:6:8: /none.gz: cannot be opened: No such file or directory");
    const InputLoader load = [&](const InputFile&, std::int64_t batch) {
        return Input{Input::Kind::given, 2,
                     std::make_shared<std::vector<double>>(static_cast<std::size_t>(2 * batch))};
    };
    try {
        (void)parse_study(with("network",
                               "weights = \"orthogonal\"\n[input]\nkind = \"npy\"\n"
                               "path = \"x.npy\""),
                          "s.toml", load);
        FAIL();
    } catch (const InvalidArgument& error) {
        EXPECT_STREQ(error.what(),
                     "s.toml:4:11: weights is \"orthogonal\"; orthogonal needs square layers, but "
                     "the input has 2 features and width is 8");
    }
}

TEST(StudyFile, LoadNamesTheFile) {
    const TemporaryFolder folder;
    const auto file = folder / "my study.toml";
    const auto message = [](const std::filesystem::path& path) {
        return rankchain::refusal([&] { return load_study(path); });
    };
    EXPECT_EQ(message(file), file.string() + ": No such file or directory");
    EXPECT_EQ(message(folder.path()), folder.path().string() + ": a study must be a regular file");
    std::ofstream(file) << "draws = -1\n";
    EXPECT_EQ(message(file), file.string() +
                                 ":1:9: draws is -1; allowed: a whole number from 0 to "
                                 "72057594037927936");
    std::ofstream(file) << with("network", "");
    EXPECT_EQ(load_study(file).cells.size(), 1U);
}

}  // namespace
}  // namespace rankchain

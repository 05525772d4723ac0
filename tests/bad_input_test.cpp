// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The table of wrong inputs: for each what it says, its exit code, and that nothing was written.
// The log of this test is the table itself.
#include "tests/command.hpp"
#include "tests/io_files.hpp"
#include "tests/temporary.hpp"

#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <map>

#include <gtest/gtest.h>
#include <sys/mount.h>

namespace rankchain {
namespace {

using command::call;
using command::content;
using command::Outcome;

constexpr const char* good_study = R"(seed = 1
draws = 4
[network]
width = 4
batch = 6
depth = 3
[input]
kind = "gaussian"
[record]
depths = [0, 3]
soft_rank = [0.1]
metrics = ["rank_lower_bound"]
)";

std::string changed(const std::string& from, const std::string& to, std::string text = good_study) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) throw std::logic_error("no \"" + from + "\" in the study");
    return text.replace(at, from.size(), to);
}

std::string from_file(const std::string& kind, const std::string& path) {
    return changed("kind = \"gaussian\"", "kind = \"" + kind + "\"\npath = \"" + path + "\"");
}

std::string matrix_npy(double special) {
    std::vector<double> values(24, 0.5);
    values[7] = special;
    return io_files::npy("<f8", false, {4, 6}, io_files::packed(values, false));
}

struct Row {
    std::string what;
    std::map<std::string, std::string> files;
    std::vector<std::string> arguments;
    int code;
    std::vector<std::string> says;  ///< what the message must name
};

Row study_row(const std::string& what, const std::string& text,
              const std::vector<std::string>& says, int code = 2) {
    return {what, {{"s.toml", text}}, {"run", "s.toml"}, code, says};
}

Row file_row(const std::string& what, const std::string& kind, const std::string& name,
             const std::string& bytes, const std::vector<std::string>& says) {
    return {what, {{"s.toml", from_file(kind, name)}, {name, bytes}}, {"run", "s.toml"}, 2, says};
}

std::vector<Row> rows() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double inf = std::numeric_limits<double>::infinity();
    const std::string pixels(24, '\x10');
    const std::map<std::string, std::string> good{{"s.toml", good_study}};
    std::vector<Row> all{
        study_row("unknown key", changed("width = 4", "wdith = 4"),
                  {"s.toml:4:1", "wdith", "did you mean \"width\"?"}),
        study_row("unknown table", changed("[record]", "[recrod]"),
                  {"s.toml:9", "recrod", "did you mean \"record\"?"}),
        study_row("wrong type", changed("width = 4", "width = \"wide\""),
                  {"s.toml:4:9", "width", "\"wide\"", "whole number"}),
        study_row("not TOML", changed("width = 4", "width = = 4"), {"s.toml:4"}),
        study_row("a key twice", changed("width = 4", "width = 4\nwidth = 5"),
                  {"s.toml:5", "width"}),
        study_row("empty study", "", {"s.toml", "network"}),
        study_row("width 0", changed("width = 4", "width = 0"), {"s.toml:4", "width", "0"}),
        study_row("width too large", changed("width = 4", "width = 131072"),
                  {"s.toml:4", "width", "131072"}),
        study_row("depth negative", changed("depth = 3", "depth = -3"),
                  {"s.toml:6", "depth", "-3"}),
        study_row("batch 1 with centring", changed("batch = 6", "batch = 1"),
                  {"s.toml:5", "batch must be at least 2"}),
        study_row("eps negative", changed("depth = 3", "depth = 3\neps = -1.0"),
                  {"s.toml:7", "eps", "-1"}),
        study_row("gamma NaN", changed("depth = 3", "depth = 3\ngamma = nan"),
                  {"s.toml:7", "gamma"}),
        study_row("unknown activation", changed("depth = 3", "depth = 3\nactivation = \"rleu\""),
                  {"s.toml:7", "rleu", "did you mean \"relu\"?"}),
        study_row("unknown metric", changed("rank_lower_bound", "rank_upper_bound"),
                  {"s.toml:12", "rank_upper_bound", "did you mean \"rank_lower_bound\"?"}),
        study_row("negative tau", changed("[0.1]", "[-0.1]"), {"s.toml:11", "soft_rank", "-0.1"}),
        study_row("NaN tau", changed("[0.1]", "[nan]"), {"s.toml:11", "soft_rank", "nan"}),
        study_row("a depth beyond the depth", changed("[0, 3]", "[0, 4]"),
                  {"s.toml:10", "4", "depth 3"}),
        study_row("lyapunov of a normalised chain", changed("rank_lower_bound", "lyapunov"),
                  {"s.toml:12", "lyapunov", "without normalisation"}),
        {"orthogonal weights of a layer that is not square",
         {{"s.toml",
           changed("depth = 3", "depth = 3\nweights = \"orthogonal\"", from_file("npy", "x.npy"))},
          {"x.npy", io_files::npy("<f8", false, {5, 6}, std::string(240, '\0'))}},
         {"run", "s.toml"},
         2,
         {"s.toml:7", "orthogonal"}},
        file_row("truncated IDX", "idx", "x.idx", io_files::idx(8, {6, 2, 2}, pixels.substr(0, 20)),
                 {"x.idx", "20", "24"}),
        file_row("wrong magic in IDX", "idx", "x.idx", "PK\x03\x04 not an IDX file at all.........",
                 {"x.idx", "byte 0", "not an IDX file"}),
        file_row("IDX lengths that overflow", "idx", "x.idx",
                 io_files::idx(8, {0xffffffffU, 0xffffffffU, 0xffffffffU}, pixels), {"x.idx"}),
        file_row("too few samples", "idx", "x.idx",
                 io_files::idx(8, {5, 2, 2}, pixels.substr(0, 20)), {"x.idx", "5", "6"}),
        file_row("truncated CIFAR-10", "cifar10", "x.bin", std::string(15375, '\1'), {"x.bin"}),
        file_row("NaN in .npy", "npy", "x.npy", matrix_npy(nan),
                 {"x.npy", "NaN", "feature 1, sample 1"}),
        file_row("infinity in .npy", "npy", "x.npy", matrix_npy(-inf),
                 {"x.npy", "Inf", "feature 1, sample 1"}),
        file_row("object array", "npy", "x.npy",
                 io_files::npy("|O", false, {4, 6}, std::string(192, '\0')), {"x.npy", "object"}),
        file_row("truncated .npy", "npy", "x.npy", matrix_npy(1).substr(0, 200), {"x.npy"}),
        study_row("input file missing", from_file("npy", "none.npy"),
                  {"s.toml:9", "none.npy", "No such file"}),
        {"study missing", {}, {"run", "none.toml"}, 2, {"none.toml", "No such file"}},
        {"study is a folder", {{"folder/x", ""}}, {"run", "folder"}, 2, {"folder"}},
        {"missing folder for the result",
         good,
         {"run", "s.toml", "-o", "none/r.rankchain"},
         2,
         {"none/r.rankchain", "No such file"}},
        {"unwritable place",
         good,
         {"run", "s.toml", "-o", "/proc/r.rankchain"},
         2,
         {"/proc/r.rankchain", "cannot be written"}},
        {"result is a folder",
         {{"s.toml", good_study}, {"r/x", ""}},
         {"run", "s.toml", "-o", "r"},
         2,
         {"r: "}},
        {"result holds something else",
         {{"s.toml", good_study}, {"r", "my thesis"}},
         {"run", "s.toml", "-o", "r", "--resume"},
         2,
         {"r: ", "not a result file"}},
        {"unknown option",
         good,
         {"run", "s.toml", "--resme"},
         2,
         {"--resme", "did you mean \"--resume\"?"}},
        {"unknown command", good, {"rnu", "s.toml"}, 2, {"rnu", "did you mean \"run\"?"}},
        {"no command", {}, {}, 2, {"no command"}},
        {"no study", {}, {"run"}, 2, {"STUDY"}},
        {"draws not a number", good, {"run", "s.toml", "--draws", "many"}, 2, {"--draws", "many"}},
        {"draws negative", good, {"run", "s.toml", "--draws", "-4"}, 2, {"--draws", "-4"}},
        {"no threads", good, {"run", "s.toml", "--threads", "0"}, 2, {"--threads", "\"0\""}},
        {"seed beyond 64 bit",
         good,
         {"run", "s.toml", "--seed", "18446744073709551616"},
         2,
         {"--seed", "18446744073709551615"}},
        {"unknown spectrum method",
         good,
         {"run", "s.toml", "--spectrum", "guess"},
         2,
         {"guess", "count"}},
        {"unknown spectrum method for ranks",
         good,
         {"rank", "x.npy", "--tau", "1", "--spectrum", "qr"},
         2,
         {"qr", "svd"}},
        {"unknown device", good, {"run", "s.toml", "--device", "tpu"}, 2, {"tpu", "cuda:K"}},
        {"a device that is not there",
         good,
         {"run", "s.toml", "--device", "cuda:4095"},
         3,
         {"cuda"}},
        {"export of a missing file", {}, {"export", "none.rankchain"}, 2, {"none.rankchain"}},
        {"export of another file", good, {"export", "s.toml"}, 2, {"s.toml", "not a result file"}},
        {"unknown format", {}, {"export", "r", "--format", "xml"}, 2, {"--format", "xml", "json"}},
        {"unknown kind of figure", {}, {"plot", "r", "-o", "r.pdf"}, 2, {"r.pdf", ".svg"}},
        {"plot of another file", good, {"plot", "s.toml"}, 2, {"s.toml", "not a result file"}},
        {"unknown axis", {}, {"plot", "r", "--x", "widht"}, 2, {"--x", "did you mean \"width\"?"}},
        {"rank: tau negative", {}, {"rank", "x.npy", "--tau", "-1"}, 2, {"--tau", "-1"}},
        {"rank: tau NaN", {}, {"rank", "x.npy", "--tau", "nan"}, 2, {"--tau", "nan"}},
        {"rank: one axis",
         {{"x.npy", io_files::npy("<f8", false, {2}, std::string(16, '\0'))}},
         {"rank", "x.npy", "--tau", "1"},
         2,
         {"x.npy", "[2]", "[d, N]"}},
        {"rank: infinity",
         {{"x.npy", matrix_npy(inf)}},
         {"rank", "x.npy", "--tau", "1"},
         2,
         {"x.npy", "[1, 1]"}},
        {"paper: unknown figure", {}, {"paper", "fig7"}, 2, {"fig7", "fig3a"}},
        {"paper: a figure that needs training", {}, {"paper", "fig1"}, 2, {"training"}},
    };
    // W and H of the largest network there can be are 128 GiB each.
    const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                          static_cast<double>(::sysconf(_SC_PAGE_SIZE));
    if (memory < 0x1p38) {
        all.push_back(study_row("more memory than there is",
                                changed("width = 4\nbatch = 6",
                                        "width = 131071\nbatch = 131071\nprecision = \"float64\""),
                                {"cell 0", "131071", "bytes for one draw", "are free"}, 1));
    }
    return all;
}

// Every path below `folder` with what it holds.
std::map<std::string, std::string> snapshot(const std::filesystem::path& folder) {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const std::string name = std::filesystem::relative(entry.path(), folder).string();
        found[name] = entry.is_regular_file() ? content(entry.path()) : "(folder)";
    }
    return found;
}

void fill(const std::filesystem::path& folder, const std::map<std::string, std::string>& files) {
    for (const auto& [name, bytes] : files) {
        std::filesystem::create_directories((folder / name).parent_path());
        command::write(folder / name, bytes);
    }
}

// One line of the table; the checks that every refusal passes.
void check(const std::string& what, const Outcome& outcome, int code,
           const std::vector<std::string>& says) {
    std::cout << "| " << what << " | " << outcome.code << " | "
              << outcome.err.substr(0, outcome.err.find('\n')) << " |\n";
    EXPECT_EQ(outcome.code, code) << what;
    EXPECT_EQ(outcome.out, "") << what;
    EXPECT_EQ(outcome.err.rfind("rankchain: ", 0), 0U) << what;
    EXPECT_EQ(outcome.err.find('\n') + 1, outcome.err.size()) << what << ": one line";
    for (const std::string& part : says) {
        EXPECT_NE(outcome.err.find(part), std::string::npos)
            << what << " should name " << part << ": " << outcome.err;
    }
}

TEST(BadInput, IsRefusedByNameAndWritesNothing) {
    std::cout << "| input | exit | message |\n|---|---|---|\n";
    for (const Row& row : rows()) {
        const TemporaryFolder folder;
        fill(folder.path(), row.files);
        const auto before = snapshot(folder.path());
        check(row.what, call(folder.path(), row.arguments), row.code, row.says);
        EXPECT_EQ(snapshot(folder.path()), before) << row.what << " wrote something";
    }
    EXPECT_GE(rows().size(), 20U);
}

TEST(BadInput, TheGoodStudyIsGood) {
    const TemporaryFolder folder;
    fill(folder.path(),
         {{"s.toml", good_study}, {"x.npy", matrix_npy(1)}, {"n.toml", from_file("npy", "x.npy")}});
    EXPECT_EQ(call(folder.path(), {"run", "s.toml"}).code, 0);
    EXPECT_EQ(call(folder.path(), {"run", "n.toml"}).code, 0);
    EXPECT_EQ(call(folder.path(), {"rank", "x.npy", "--tau", "1"}).code, 0);
}

TEST(BadInput, AResultIsNeverOverwrittenNorMixed) {
    const TemporaryFolder folder;
    fill(folder.path(),
         {{"s.toml", good_study}, {"deeper.toml", changed("depth = 3", "depth = 5")}});
    ASSERT_EQ(call(folder.path(), {"run", "s.toml"}).code, 0);
    const auto before = snapshot(folder.path());
    const std::vector<Row> rows{
        {"the result exists", {}, {"run", "s.toml"}, 2, {"s.rankchain", "exists", "resume"}},
        {"resume with another seed",
         {},
         {"run", "s.toml", "--resume", "--seed", "2"},
         2,
         {"s.rankchain", "seed", "1", "2"}},
        {"resume with another study",
         {},
         {"run", "deeper.toml", "-o", "s.rankchain", "--resume"},
         2,
         {"s.rankchain", "depth"}},
        {"resume with fewer draws",
         {},
         {"run", "s.toml", "--resume", "--draws", "2"},
         2,
         {"s.rankchain", "draws", "4", "2"}},
        {"draws of a study that kept summaries",
         {},
         {"export", "s.rankchain", "--draws"},
         2,
         {"s.rankchain", "keep = \"draws\""}},
        {"a metric the study lacks",
         {},
         {"plot", "s.rankchain", "--metric", "stable_rank"},
         2,
         {"stable_rank", "rank_lower_bound"}},
        {"one width against width", {}, {"plot", "s.rankchain", "--x", "width"}, 2, {"two widths"}},
        {"a depth that was not recorded",
         {},
         {"plot", "s.rankchain", "--x", "width", "--layer", "2"},
         2,
         {"--layer 2"}},
    };
    for (const Row& row : rows) {
        check(row.what, call(folder.path(), row.arguments), row.code, row.says);
        EXPECT_EQ(snapshot(folder.path()), before) << row.what << " changed something";
    }
}

TEST(BadInput, ASecondRunOnTheSameFileIsRefused) {
    const TemporaryFolder folder;
    std::string text = changed("depth = 3", "depth = 20000");
    text = changed("depths = [0, 3]", "keep = \"draws\"\ndepths = [0, 20000]", text);
    text = changed("draws = 4", "draws = 2000", text);
    fill(folder.path(), {{"s.toml", text}});
    command::Running first(folder.path(), {"run", "s.toml", "--chunk", "1"});
    ASSERT_TRUE(command::wait_for_draws(folder.path(), "s.rankchain"));
    check("a second run on the same file", call(folder.path(), {"run", "s.toml", "--resume"}), 2,
          {"s.rankchain", std::to_string(first.pid())});
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait().code, 143);
}

TEST(BadInput, AFullDiskStopsAndKeepsWhatWasCommitted) {
    const TemporaryFolder folder;
    const std::filesystem::path small = folder.path() / "small";
    std::filesystem::create_directory(small);
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=256k") != 0) {
        GTEST_SKIP() << "no small file system can be mounted here: " << std::strerror(errno);
    }
    const std::string text =
        changed("draws = 4", "draws = 20000", changed("metrics", "keep = \"draws\"\nmetrics"));
    fill(folder.path(), {{"s.toml", text}});
    const Outcome full =
        call(folder.path(), {"run", "s.toml", "-o", "small/s.rankchain", "--chunk", "500"});
    check("disk full", full, 1, {"small/s.rankchain", "full"});
    const Outcome kept = call(folder.path(), {"export", "small/s.rankchain", "--draws"});
    EXPECT_EQ(kept.code, 0) << kept.err;
    EXPECT_GT(command::lines(kept.out).size(), 1U);
    EXPECT_EQ(::umount(small.c_str()), 0) << std::strerror(errno);
}

}  // namespace
}  // namespace rankchain

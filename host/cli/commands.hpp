// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What each subcommand is given. main.cpp fills these in; everything else knows no command line.
// A command returns its exit code and throws rankchain::Error for what went wrong.
#pragma once

#include <rankchain/device.hpp>
#include <rankchain/metrics.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rankchain::cli {

/// Exit codes; interruption by a signal is 128 + its number (130 SIGINT, 143 SIGTERM).
enum ExitCode { done = 0, failed = 1, bad_input = 2, device_trouble = 3 };

struct DeviceArgument {
    Device device;
    bool named = false;  ///< --device was given
};

struct RunArguments {
    std::filesystem::path study;
    std::filesystem::path result;  ///< empty: the study's name with .rankchain, in this folder
    DeviceArgument device;
    std::optional<std::int64_t> draws;
    std::optional<std::uint64_t> seed;
    std::int64_t chunk = 0;
    SpectrumMethod spectrum = SpectrumMethod::automatic;
    bool resume = false;
    bool dry_run = false;
    bool quiet = false;
};
int run_command(const RunArguments& arguments);

struct ExportArguments {
    std::filesystem::path file;
    bool json = false;
    bool draws = false;
};
int export_command(const ExportArguments& arguments);

enum class Band { quantiles, standard_error, none };
enum class LogAxes { automatic, none, x, y, both };

struct PlotArguments {
    std::filesystem::path file;
    std::filesystem::path figure;  ///< empty: the file's name with .svg
    std::filesystem::path data;    ///< empty: not asked for
    bool against_width = false;
    std::string metric;  ///< empty: the first that the study records
    std::optional<std::int64_t> layer;
    Band band = Band::quantiles;
    LogAxes log_axes = LogAxes::automatic;
};
int plot_command(const PlotArguments& arguments);

struct RankArguments {
    std::filesystem::path array;
    std::vector<double> taus;
    DeviceArgument device;
    SpectrumMethod spectrum = SpectrumMethod::automatic;
};
int rank_command(const RankArguments& arguments);

struct PaperArguments {
    std::string figure;  ///< empty: list them
    std::filesystem::path folder;
    DeviceArgument device;
    std::optional<std::int64_t> draws;
    std::optional<std::uint64_t> seed;
    bool quick = false;
    bool full = false;
    bool print_study = false;
    bool quiet = false;
};
int paper_command(const PaperArguments& arguments);

int info_command();

}  // namespace rankchain::cli

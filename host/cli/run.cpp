// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include "host/cli/device_choice.hpp"
#include "host/cli/run_view.hpp"
#include <rankchain/study.hpp>

namespace rankchain::cli {
namespace {

void print_estimate(const Study& study, const RunOptions& options) {
    const Estimate e = estimate(study, options);
    put("device         " + describe(options.device).name + "\n" + "cells          " +
        number(e.cells) + "\n" + "draws a cell   " + number(options.draws.value_or(study.draws)) +
        "\n" + "layers x draws " + rounded(e.layer_draws, 6) + "\n" + "time           " +
        duration(e.seconds) + "\n" + "draws at once  " + number(e.chunk_draws) + "\n" +
        "memory needed  " + bytes(e.memory_bytes) + " of " + bytes(e.memory_free_bytes) +
        " free\n" + "result file    " + bytes(e.result_bytes) + " at " + options.result.string() +
        " (nothing was written)\n");
}

std::string resume_command(const RunArguments& arguments, const std::filesystem::path& result) {
    std::string command = "rankchain run " + shell_word(arguments.study.string());
    if (!arguments.result.empty()) command += " -o " + shell_word(result.string());
    if (arguments.draws) command += " --draws " + number(*arguments.draws);
    if (arguments.seed) command += " --seed " + std::to_string(*arguments.seed);
    if (arguments.spectrum != SpectrumMethod::automatic) {
        command += " --spectrum " + std::string(name(arguments.spectrum));
    }
    return command + " --resume";
}

}  // namespace

int run_command(const RunArguments& arguments) {
    const Study study = load_study(arguments.study);
    RunOptions options;
    options.result = arguments.result;
    if (options.result.empty()) {
        options.result = arguments.study.stem();
        options.result += ".rankchain";
    }
    options.device = choose_device(arguments.device, arguments.quiet);
    options.draws = arguments.draws;
    options.seed = arguments.seed;
    options.resume = arguments.resume;
    options.chunk = arguments.chunk;
    options.spectrum = arguments.spectrum;
    if (arguments.dry_run) {
        print_estimate(study, options);
        return done;
    }
    const int code =
        run_watched(study, options, arguments.quiet, resume_command(arguments, options.result));
    if (code != 0 || arguments.quiet) return code;
    const std::string file = options.result.string();
    put(result_table(Results(options.result)) + "\nwrote " + file + "; next: rankchain plot " +
        shell_word(file) + ", rankchain export " + shell_word(file) + "\n");
    return done;
}

}  // namespace rankchain::cli

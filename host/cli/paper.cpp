// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/paper.hpp"

#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include "host/cli/device_choice.hpp"
#include "host/cli/rows.hpp"
#include "host/cli/run_view.hpp"
#include "host/names.hpp"
#include <rankchain/error.hpp>

namespace rankchain::cli {
namespace {

int list_figures() {
    put("Figures of Daneshmand, Kohler, Bach, Hofmann, Lucchi 2020 (arXiv:2003.01652):\n");
    for (const PaperFigure& figure : paper_figures()) {
        put("  " + std::string(figure.name) + std::string(7 - figure.name.size(), ' ') +
            std::string(figure.what) +
            (figure.studies == nullptr ? "  (comes with training, not in this version)\n" : "\n"));
    }
    return done;
}

const PaperFigure& figure_named(const std::string& text) {
    std::vector<std::string_view> names;
    for (const PaperFigure& figure : paper_figures()) {
        if (figure.name == text) {
            if (figure.studies != nullptr) return figure;
            throw InvalidArgument(text + " (" + std::string(figure.what) +
                                  ") comes with training, which this version does not have; "
                                  "available: fig2, fig3a, fig3b");
        }
        names.push_back(figure.name);
    }
    throw InvalidArgument(unknown_name("figure", text, names));
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw InvalidArgument("cannot make the folder " + folder.string() + ": " + error.message());
    }
}

std::string again(const PaperArguments& arguments) {
    std::string command = "rankchain paper " + arguments.figure;
    if (!arguments.folder.empty()) command += " -o " + shell_word(arguments.folder.string());
    if (arguments.draws) command += " --draws " + number(*arguments.draws);
    if (arguments.seed) command += " --seed " + std::to_string(*arguments.seed);
    return command + (arguments.quick ? " --quick" : "") + (arguments.full ? " --full" : "");
}

// All summaries of one result beside it, as `export` prints them.
void export_beside(const Results& results, const std::filesystem::path& path) {
    std::string text;
    write_summaries_csv(results, [&](std::string_view piece) { text += piece; });
    write_file(path, text);
}

}  // namespace

int paper_command(const PaperArguments& arguments) {
    if (arguments.figure.empty()) return list_figures();
    const PaperFigure& figure = figure_named(arguments.figure);
    const PaperSize size = arguments.quick  ? PaperSize::quick
                           : arguments.full ? PaperSize::full
                                            : PaperSize::standard;
    const std::vector<PaperStudy> studies = figure.studies(size);
    if (arguments.print_study) {
        for (const PaperStudy& study : studies) {
            if (studies.size() > 1) put("# --- " + study.name + ".toml\n");
            put(study.text);
        }
        return done;
    }

    const std::filesystem::path folder =
        arguments.folder.empty() ? std::filesystem::path(arguments.figure) : arguments.folder;
    make_folder(folder);
    const auto place = [&](const std::string& name) { return folder / name; };
    check_writable(place("any"));
    const Device device = choose_device(arguments.device, arguments.quiet);
    std::vector<Results> results;
    std::string wrote;
    for (const PaperStudy& study : studies) {
        RunOptions options;
        options.result = place(study.name + ".rankchain");
        options.device = device;
        options.draws = arguments.draws;
        options.seed = arguments.seed;
        options.resume = true;
        const Study parsed = parse_study(study.text, place(study.name + ".toml"));
        const int code = run_watched(parsed, options, arguments.quiet, again(arguments));
        if (code != 0) return code;
        write_file(place(study.name + ".toml"), study.text);
        results.emplace_back(options.result);
        export_beside(results.back(), place(study.name + ".csv"));
        wrote += "wrote " + place(study.name).string() + ".toml, .rankchain, .csv\n";
        if (!arguments.quiet) put(study.name + "\n" + result_table(results.back()) + "\n");
    }
    if (figure.findings != nullptr && !arguments.quiet) put(figure.findings(results) + "\n");
    const Figure drawn = figure.figure(results);
    const std::string name(figure.name);
    write_file(place(name + "-figure.csv"), figure_data(drawn));
    draw(drawn, place(name + ".svg"));
    draw(drawn, place(name + ".png"));
    if (!arguments.quiet) {
        put(wrote + "wrote " + place(name).string() + ".svg, .png and the data behind them, " +
            place(name + "-figure.csv").string() + "\n");
    }
    return done;
}

}  // namespace rankchain::cli

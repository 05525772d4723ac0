// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include "host/cli/curves.hpp"
#include "host/cli/run_view.hpp"
#include <rankchain/error.hpp>

namespace rankchain::cli {

int plot_command(const PlotArguments& arguments) {
    std::filesystem::path figure_path = arguments.figure;
    if (figure_path.empty()) {
        figure_path = arguments.file;
        figure_path.replace_extension(".svg");
    }
    check_figure_path(figure_path);
    if (!arguments.data.empty()) check_writable(arguments.data);
    if (arguments.layer && !arguments.against_width) {
        throw InvalidArgument("--layer chooses the depth of a figure against width: add --x width");
    }
    const Results results(arguments.file);
    tell_if_unfinished(results, arguments.file);
    const std::string title = arguments.file.stem().string();
    const Figure figure = arguments.against_width ? width_figure(results, title, arguments)
                                                  : depth_figure(results, title, arguments);
    // The data first: they stand even where there is no gnuplot.
    if (!arguments.data.empty()) write_file(arguments.data, figure_data(figure));
    draw(figure, figure_path);
    put("wrote " + figure_path.string() + "\n");
    if (!arguments.data.empty()) put("wrote " + arguments.data.string() + "\n");
    return done;
}

}  // namespace rankchain::cli

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The only file that knows CLI11.
#include "host/cli/command_line.hpp"

#include "host/cli/commands.hpp"
#include "host/cli/console.hpp"
#include "host/cli/help.hpp"
#include "host/names.hpp"
#include <rankchain/error.hpp>
#include <rankchain/version.hpp>

#include <charconv>
#include <cmath>
#include <functional>
#include <limits>

#include <CLI/CLI.hpp>

namespace rankchain::cli {
namespace {

// Help with the examples first: what it is for, how it is called, then every option.
class ExamplesFirst : public CLI::Formatter {
  public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override {
        if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
        std::string text = app->get_description() + "\n\n" + app->get_footer() + "\n";
        text += make_usage(app, name);
        text += make_positionals(app);
        text += make_groups(app, mode);
        text += make_subcommands(app, mode);
        return text;
    }
};

template <class T>
T whole(const std::string& option, const std::string& text, T least, T most) {
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
        throw InvalidArgument(option + " is \"" + text + "\"; allowed are whole numbers from " +
                              std::to_string(least) + " to " + std::to_string(most));
    }
    return value;
}

double threshold(const std::string& text) {
    double tau = std::numeric_limits<double>::quiet_NaN();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tau);
    if (error != std::errc{} || end != text.data() + text.size() || !(tau >= 0) ||
        std::isinf(tau)) {
        throw InvalidArgument("--tau is \"" + text +
                              "\"; allowed are finite numbers from 0 (the array goes first)");
    }
    return tau;
}

template <class T>
T one_of(const std::string& option, const std::string& text,
         const std::vector<std::pair<std::string_view, T>>& choices) {
    std::vector<std::string_view> names;
    for (const auto& [choice, value] : choices) {
        if (choice == text) return value;
        names.push_back(choice);
    }
    throw InvalidArgument(unknown_name("value of " + option + ":", text, names));
}

using Setter = std::function<void(const std::string&)>;

CLI::Option* option(CLI::App* app, const std::string& names, const std::string& value,
                    const std::string& help, const Setter& set) {
    return app->add_option_function<std::string>(names, set, help)->type_name(value);
}

void device_options(CLI::App* app, DeviceArgument& argument) {
    option(app, "--device", "NAME", "auto, cpu, cuda or cuda:K (default auto)",
           [&argument](const std::string& text) {
               const int threads = argument.device.threads;
               argument = {parse_device(text), true};
               argument.device.threads = threads;
           });
    option(app, "--threads", "N", "CPU threads (default: all the machine grants)",
           [&argument](const std::string& text) {
               argument.device.threads = whole("--threads", text, 1, 65536);
           });
}

void spectrum_option(CLI::App* app, SpectrumMethod& method) {
    option(app, "--spectrum", "NAME",
           "how ranks are counted: auto, count, eigen or svd (default auto)",
           [&method](const std::string& text) { method = parse_spectrum_method(text); });
}

constexpr std::int64_t most_draws = std::int64_t{1} << 56;

struct CommandLine {
    CLI::App app{"Rankchain: ranks of random deep networks, by Monte Carlo.", "rankchain"};
    RunArguments run;
    ExportArguments exported;
    PlotArguments plot;
    RankArguments rank;
    PaperArguments paper;
    std::function<int()> chosen;

    CommandLine() {
        app.formatter(std::make_shared<ExamplesFirst>());
        app.footer(help::overview);
        app.set_version_flag("--version",
                             "rankchain " RANKCHAIN_VERSION " (" RANKCHAIN_GIT_REVISION ")");
        add_run();
        add_export();
        add_plot();
        add_rank();
        add_paper();
        CLI::App* info = add("info", "Version, devices, libraries, limits.", help::info);
        info->final_callback([this] { chosen = [] { return info_command(); }; });
    }

    CLI::App* add(const std::string& name, const std::string& what, const char* examples) {
        CLI::App* sub = app.add_subcommand(name, what);
        sub->footer(examples);
        return sub;
    }

    void add_run() {
        CLI::App* sub = add("run", "Runs a study into a result file.", help::run);
        sub->add_option("STUDY", run.study, "the study file, TOML")->required()->type_name("");
        sub->add_option("-o,--output", run.result,
                        "the result file (default: STUDY's name with .rankchain, here)")
            ->type_name("FILE");
        device_options(sub, run.device);
        option(sub, "--draws", "N", "in place of the study's", [this](const std::string& text) {
            run.draws = whole<std::int64_t>("--draws", text, 0, most_draws);
        });
        option(sub, "--seed", "S", "in place of the study's", [this](const std::string& text) {
            run.seed = whole<std::uint64_t>("--seed", text, 0, ~std::uint64_t{0});
        });
        option(sub, "--chunk", "N", "draws at a time (default: what memory allows)",
               [this](const std::string& text) {
                   run.chunk = whole<std::int64_t>("--chunk", text, 1, most_draws);
               });
        spectrum_option(sub, run.spectrum);
        sub->add_flag("--resume", run.resume, "go on where FILE stops; begin if there is none");
        sub->add_flag("--dry-run", run.dry_run, "only say what it would take; write nothing");
        sub->add_flag("--quiet", run.quiet, "no progress, no table");
        sub->final_callback([this] { chosen = [this] { return run_command(run); }; });
    }

    void add_export() {
        CLI::App* sub = add("export", "Prints a result as CSV or JSON.", help::exported);
        sub->add_option("FILE", exported.file, "the result file")->required()->type_name("");
        option(sub, "--format", "NAME", "csv (default) or json", [this](const std::string& text) {
            exported.json = one_of<bool>("--format", text, {{"csv", false}, {"json", true}});
        });
        sub->add_flag("--draws", exported.draws, "every draw (of a study with keep = \"draws\")");
        sub->final_callback([this] { chosen = [this] { return export_command(exported); }; });
    }

    void add_plot() {
        CLI::App* sub = add("plot", "Draws a result.", help::plot);
        sub->add_option("FILE", plot.file, "the result file")->required()->type_name("");
        sub->add_option("-o,--output", plot.figure,
                        "the figure, .svg or .png (default: FILE's name with .svg)")
            ->type_name("FIGURE");
        option(sub, "--x", "AXIS", "depth (default) or width", [this](const std::string& text) {
            plot.against_width = one_of<bool>("--x", text, {{"depth", false}, {"width", true}});
        });
        sub->add_option("--metric", plot.metric,
                        "what to draw: rank_lower_bound, soft_rank, \"soft_rank(0.5)\", lambda_1, "
                        "spectrum, ... (default: the study's first)")
            ->type_name("NAME");
        option(sub, "--layer", "L", "with --x width: the recorded depth (default: the last)",
               [this](const std::string& text) {
                   plot.layer = whole<std::int64_t>("--layer", text, 0,
                                                    std::numeric_limits<std::uint32_t>::max());
               });
        option(sub, "--band", "NAME",
               "quantiles (5 % to 95 %, default), stderr (2 standard errors) or none",
               [this](const std::string& text) {
                   plot.band = one_of<Band>("--band", text,
                                            {{"quantiles", Band::quantiles},
                                             {"stderr", Band::standard_error},
                                             {"none", Band::none}});
               });
        option(sub, "--log", "AXES", "auto (default), none, x, y or xy",
               [this](const std::string& text) {
                   plot.log_axes = one_of<LogAxes>("--log", text,
                                                   {{"auto", LogAxes::automatic},
                                                    {"none", LogAxes::none},
                                                    {"x", LogAxes::x},
                                                    {"y", LogAxes::y},
                                                    {"xy", LogAxes::both}});
               });
        sub->add_option("--data", plot.data, "also write the numbers behind the figure, CSV")
            ->type_name("FILE");
        sub->final_callback([this] { chosen = [this] { return plot_command(plot); }; });
    }

    void add_rank() {
        CLI::App* sub = add("rank", "Counts the soft rank of matrices of your own.", help::rank);
        sub->add_option("ARRAY", rank.array, "a NumPy file, [d, N] or [B, d, N]")
            ->required()
            ->type_name("");
        sub->add_option_function<std::vector<std::string>>(
               "--tau",
               [this](const std::vector<std::string>& texts) {
                   for (const std::string& text : texts) {
                       rank.taus.push_back(threshold(text));
                   }
               },
               "thresholds: counts the i with sigma_i^2 / N >= T")
            ->required()
            ->type_name("T");
        device_options(sub, rank.device);
        spectrum_option(sub, rank.spectrum);
        sub->final_callback([this] { chosen = [this] { return rank_command(rank); }; });
    }

    void add_paper() {
        CLI::App* sub = add("paper", "Redraws a figure of arXiv:2003.01652.", help::paper);
        sub->add_option("FIGURE", paper.figure, "which; without one they are listed")
            ->type_name("");
        sub->add_option("-o,--output", paper.folder,
                        "the folder for studies, results, CSV and figures (default: FIGURE)")
            ->type_name("FOLDER");
        device_options(sub, paper.device);
        option(sub, "--draws", "N", "in place of each study's", [this](const std::string& text) {
            paper.draws = whole<std::int64_t>("--draws", text, 2, most_draws);
        });
        option(sub, "--seed", "S", "in place of each study's", [this](const std::string& text) {
            paper.seed = whole<std::uint64_t>("--seed", text, 0, ~std::uint64_t{0});
        });
        CLI::Option* quick =
            sub->add_flag("--quick", paper.quick, "a coarse version, in about a minute");
        sub->add_flag("--full", paper.full, "many more draws, however long they take")
            ->excludes(quick);
        sub->add_flag("--print-study", paper.print_study, "print the study files and do nothing");
        sub->add_flag("--quiet", paper.quiet, "no progress, no table");
        sub->final_callback([this] { chosen = [this] { return paper_command(paper); }; });
    }
};

// CLI11's words, with the nearest name where something unknown was given.
std::string explain(CLI::App& app, const CLI::ParseError& error) {
    const auto subcommands = app.get_subcommands();
    CLI::App* sub = subcommands.empty() ? nullptr : subcommands.front();
    const std::string help_command =
        "; see rankchain " + (sub == nullptr ? "" : sub->get_name() + " ") + "--help";
    const std::vector<std::string> extras = app.remaining(true);
    if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr || extras.empty()) {
        return error.what() + help_command;
    }
    const std::string& first = extras.front();
    std::vector<std::string> known;
    if (first.starts_with("-")) {
        for (const CLI::Option* o : (sub == nullptr ? &app : sub)->get_options()) {
            for (const std::string& name : o->get_lnames()) {
                known.push_back("--" + name);
            }
        }
    } else if (sub == nullptr) {
        for (const CLI::App* s : app.get_subcommands([](CLI::App*) { return true; })) {
            known.push_back(s->get_name());
        }
    } else {
        return "\"" + first + "\" is one argument too many" + help_command;
    }
    const std::vector<std::string_view> names(known.begin(), known.end());
    const std::string kind = first.starts_with("-") ? "option" : "command";
    return unknown_name(kind, first.substr(0, first.find('=')), names) + help_command;
}

}  // namespace

int parse_and_run(int argc, char** argv) {
    CommandLine line;
    try {
        line.app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        if (dynamic_cast<const CLI::CallForVersion*>(&success) != nullptr) {
            put(std::string(success.what()) + "\n");
        } else {
            const auto chosen = line.app.get_subcommands();
            put(chosen.empty() ? line.app.help() : chosen.front()->help("rankchain"));
        }
        return done;
    } catch (const CLI::ParseError& error) {
        throw InvalidArgument(explain(line.app, error));
    }
    if (!line.chosen) throw InvalidArgument("no command was given; see rankchain --help");
    return line.chosen();
}

}  // namespace rankchain::cli

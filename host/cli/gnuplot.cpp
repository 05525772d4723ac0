// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// Figure -> gnuplot script -> SVG or PNG. gnuplot works in a temporary folder of ours under fixed
// names, so that it never sees a path of the user's.
#include "host/cli/console.hpp"
#include "host/cli/figure.hpp"
#include <rankchain/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

namespace rankchain::cli {
namespace {

// Pixels of an SVG; a PNG has twice as many.
constexpr double margin_left = 100;
constexpr double margin_top = 84;     // title and subtitle
constexpr double margin_bottom = 84;  // tick labels and axis title
constexpr double gap_x = 104;
constexpr double panel_title = 30;
constexpr double gap_y = 126;  // axis title below, panel title above
constexpr double key_line = 22;

// gnuplot's single-quoted string: only the quote itself is special.
std::string single_quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "''";
        } else {
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out + "'";
}

// A name in gnuplot's enhanced text: plain, but for the values of a spectrum.
std::string key_text(const std::string& name) {
    const std::size_t bar = name.find('_');
    if (name.starts_with("lambda_")) return single_quoted("λ_{" + name.substr(bar + 1) + "}");
    if (name.starts_with("lyapunov_")) return single_quoted("μ_{" + name.substr(bar + 1) + "}");
    std::string plain;
    for (const char c : name) {
        if (std::strchr("_^{}@&~\\", c) != nullptr && c != '\0') plain += '\\';
        plain += c;
    }
    return single_quoted(plain);
}

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

struct Range {
    double min = INFINITY;
    double max = -INFINITY;
    void add(double value, bool logarithmic) {
        if (!std::isfinite(value) || (logarithmic && !(value > 0))) return;
        min = std::min(min, value);
        max = std::max(max, value);
    }
    [[nodiscard]] bool empty() const { return !(min <= max); }
};

// Where depth 0 is drawn on a logarithmic axis: a step left of the smallest positive place.
double place_of_zero(const Range& positive, double base) {
    const double decades = std::log(positive.max / positive.min) / std::log(base);
    return positive.min / std::pow(base, std::max(0.08 * decades, 0.12));
}

struct Layout {
    double width = 0;
    double height = 0;
    double key_width = 0;
    double panel_width = 620;
    double panel_height = 420;
    double top = margin_top;
    int columns = 1;
    int rows = 1;
};

bool keys_agree(const Figure& figure) {
    const auto names = [](const Panel& panel) {
        std::vector<std::string> list;
        for (const Series& s : panel.series) {
            if (s.in_key && !s.theory) list.push_back(s.name + s.colour);
        }
        return list;
    };
    return std::all_of(figure.panels.begin(), figure.panels.end(), [&](const Panel& panel) {
        return names(panel) == names(figure.panels.front());
    });
}

Layout layout_of(const Figure& figure) {
    Layout layout;
    layout.columns = figure.columns;
    const auto panels = static_cast<int>(figure.panels.size());
    layout.rows = (panels + layout.columns - 1) / layout.columns;
    std::size_t longest = 0;
    std::size_t lines = figure.notes.size();
    for (const Panel& panel : figure.panels) {
        std::size_t here = 0;
        for (const Series& s : panel.series) {
            if (!s.in_key) continue;
            longest = std::max(longest, characters(s.name) + 6);
            ++here;
        }
        lines = std::max(lines, here + figure.notes.size());
    }
    for (const std::string& note : figure.notes) {
        longest = std::max(longest, characters(note) + 6);
    }
    if (panels > 1) {
        layout.panel_width = 440;
        layout.panel_height = 320;
        layout.top += panel_title;
    }
    layout.key_width = std::max(160.0, 8.8 * static_cast<double>(longest)) + 24;
    const double keys = keys_agree(figure) ? 1 : layout.columns;
    layout.width = margin_left + layout.columns * layout.panel_width +
                   (layout.columns - 1) * gap_x + keys * layout.key_width;
    layout.height =
        layout.top + layout.rows * layout.panel_height + (layout.rows - 1) * gap_y + margin_bottom;
    layout.height =
        std::max(layout.height, layout.top + margin_bottom + key_line * static_cast<double>(lines));
    return layout;
}

std::string tick_list(const std::vector<double>& ticks) {
    std::string list;
    for (const double tick : ticks) {
        list += (list.empty() ? "" : ", ") + single_quoted(number(tick)) + " " + number(tick);
    }
    return "(" + list + ")";
}

void write_axis(std::ostream& out, char letter, const Axis& axis, const Range& range,
                bool zero_shown, double zero_at) {
    out << "set " << letter << "label " << single_quoted(axis.title) << "\n";
    if (axis.log_base > 0) {
        out << "set logscale " << letter << " " << number(axis.log_base) << "\n";
        if (axis.log_base == 10 && range.max / range.min >= 1000) {
            out << "set format " << letter << " '10^{%T}'\n";
        } else {
            out << "set format " << letter << " '%g'\n";
        }
    } else {
        out << "unset logscale " << letter << "\nset format " << letter << " '%g'\n";
    }
    out << "set " << letter << "tics autofreq\n";
    if (!axis.ticks.empty()) out << "set " << letter << "tics " << tick_list(axis.ticks) << "\n";
    const bool minor = axis.log_base == 10 && !zero_shown;  // none between 0 and 1
    out << (minor ? "set m" : "unset m") << letter << "tics\n";
    if (zero_shown) out << "set " << letter << "tics add ('0' " << number(zero_at) << ")\n";
    double low = range.min;
    double high = range.max;
    if (axis.min != 0 || axis.max != 0) {
        low = axis.min;
        high = axis.max;
    } else if (axis.log_base > 0) {
        if (zero_shown) low = zero_at;
        const double pad = std::pow(std::max(high / low, 1.5), 0.04);
        low /= pad;
        high *= pad;
    } else {
        const double pad = high > low ? 0.04 * (high - low) : std::max(0.5, std::abs(high) * 0.1);
        if (axis.from_zero) low = std::min(low, 0.0);
        low -= letter == 'x' ? pad / 2 : pad;
        high += letter == 'x' ? pad / 2 : pad;
    }
    out << "set " << letter << "range [" << number(low) << ":" << number(high) << "]\n";
}

// One panel: data blocks first, then one plot command.
void write_panel(std::ostream& out, const Figure& figure, const Layout& layout, std::size_t index) {
    const Panel& panel = figure.panels[index];
    const bool log_x = panel.x.log_base > 0;
    const bool log_y = panel.y.log_base > 0;
    Range x;
    Range y;
    bool zero_shown = false;
    for (const Series& series : panel.series) {
        for (const Point& point : series.points) {
            if (log_x && point.x == 0 && !series.theory) zero_shown = true;
            x.add(point.x, log_x);
            if (series.theory) continue;
            y.add(point.y, log_y);
            y.add(point.low, log_y);
            y.add(point.high, log_y);
        }
    }
    if (x.empty()) x = {1, 1};
    if (y.empty()) y = {1, 1};
    const double zero_at = zero_shown ? place_of_zero(x, panel.x.log_base) : 0;

    const auto column = static_cast<double>(index % static_cast<std::size_t>(layout.columns));
    const auto row = static_cast<double>(index / static_cast<std::size_t>(layout.columns));
    const bool one_key = keys_agree(figure);
    const double left =
        margin_left + column * (layout.panel_width + gap_x + (one_key ? 0 : layout.key_width));
    const double top = layout.top + row * (layout.panel_height + gap_y);
    const auto screen_x = [&](double pixels) { return number(pixels / layout.width); };
    const auto screen_y = [&](double pixels) { return number(1 - pixels / layout.height); };
    out << "set lmargin at screen " << screen_x(left) << "\nset rmargin at screen "
        << screen_x(left + layout.panel_width) << "\nset tmargin at screen " << screen_y(top)
        << "\nset bmargin at screen " << screen_y(top + layout.panel_height) << "\n";
    if (figure.panels.size() > 1) {
        out << "set title " << single_quoted(panel.title) << " noenhanced offset 0,-0.4\n";
    }
    write_axis(out, 'x', panel.x, x, zero_shown, zero_at);
    write_axis(out, 'y', panel.y, y, false, 0);
    const bool key_here = index == 0 || !one_key;
    if (key_here) {
        const double key_left =
            one_key ? layout.width - layout.key_width : left + layout.panel_width;
        out << "set key at screen " << screen_x(key_left + 16) << "," << screen_y(top)
            << " left top Left reverse vertical samplen 2.2 spacing 1.25\n";
    } else {
        out << "unset key\n";
    }

    std::string bands;
    std::string zeros;
    std::string lines;
    const auto also = [](std::string& list, const std::string& item) {
        list += (list.empty() ? "" : ", \\\n  ") + item;
    };
    for (std::size_t s = 0; s < panel.series.size(); ++s) {
        const Series& series = panel.series[s];
        const std::string block = "$p" + std::to_string(index) + "s" + std::to_string(s);
        bool band = false;
        bool zero = false;
        std::ostringstream at_zero;
        std::size_t shown = 0;
        out << block << " << EOD\n";
        for (const Point& point : series.points) {
            const bool drawable = std::isfinite(point.y) && !(log_y && !(point.y > 0));
            if (!drawable) {
                out << "\n";  // a gap
                continue;
            }
            double low = point.low;
            double high = point.high;
            if (log_y && low <= 0) low = y.min;
            const bool banded = std::isfinite(low) && std::isfinite(high) && high >= low;
            band = band || (banded && high > low);
            const bool shifted = log_x && point.x == 0;
            if (shifted && series.theory) continue;
            std::ostream& target = shifted ? static_cast<std::ostream&>(at_zero) : out;
            target << number(shifted ? zero_at : point.x) << " " << number(point.y) << " "
                   << number(banded ? low : point.y) << " " << number(banded ? high : point.y)
                   << "\n";
            zero = zero || shifted;
            ++shown;
        }
        out << "EOD\n";
        const std::string rgb = " lc rgb '" + series.colour + "'";
        const std::string title =
            key_here && series.in_key ? " title " + key_text(series.name) : " notitle";
        if (series.theory) {
            also(lines, block + " using 1:2 with lines dt (9,6) lw 1.6" + rgb + title);
            continue;
        }
        if (band) {
            also(bands, block +
                            " using 1:3:4 with filledcurves fs transparent solid 0.16 noborder" +
                            rgb + " notitle");
        }
        constexpr std::array<int, 4> marks{7, 5, 9, 13};  // dot, square, triangle, diamond
        const std::string mark =
            " pt " + std::to_string(marks.at(static_cast<std::size_t>(series.mark) % 4));
        const bool dots = shown <= 60;
        also(lines, block + " using 1:2 with " + (dots ? "linespoints" : "lines") + " lw 2" + rgb +
                        (dots ? mark + " ps 0.55" : "") + title);
        if (zero) {
            out << block << "z << EOD\n" << at_zero.str() << "EOD\n";
            if (band) {
                also(bands, block + "z using 1:2:3:4 with yerrorbars lw 3 pt 0" + " lc rgb '#55" +
                                series.colour.substr(1) + "' notitle");
            }
            also(zeros, block + "z using 1:2 with points ps 0.75 lw 2" + mark + rgb + " notitle");
        }
    }
    if (key_here && one_key) {
        // One key serves all panels: theory that only later panels show is named in it too.
        std::vector<std::string> named;
        for (const Panel& other : figure.panels) {
            for (const Series& series : other.series) {
                if (!series.theory || !series.in_key ||
                    std::find(named.begin(), named.end(), series.name) != named.end()) {
                    continue;
                }
                named.push_back(series.name);
                if (&other == &panel) continue;
                also(lines, "NaN with lines dt (9,6) lw 1.6 lc rgb '" + series.colour + "' title " +
                                key_text(series.name));
            }
        }
    }
    if (key_here) {
        for (const std::string& note : figure.notes) {
            also(lines, "NaN with lines lc rgb '#ffffff' title " + key_text(note));
        }
    }
    std::string all = bands;
    if (!lines.empty()) also(all, lines);
    if (!zeros.empty()) also(all, zeros);
    out << "plot " << all << "\n";
    if (index == 0) out << "unset label 1\nunset label 2\n";
}

std::string script_of(const Figure& figure, bool png) {
    const Layout layout = layout_of(figure);
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out << "set encoding utf8\n";
    if (png) {
        out << "set terminal pngcairo size " << std::lround(2 * layout.width) << ","
            << std::lround(2 * layout.height)
            << " font 'Liberation Sans,13' fontscale 2 linewidth 2 pointscale 2 enhanced"
            << " background '#ffffff'\nset output 'figure.png'\n";
    } else {
        out << "set terminal svg size " << std::lround(layout.width) << ","
            << std::lround(layout.height)
            << " font 'Liberation Sans, Arial, Helvetica, sans-serif,15' enhanced"
            << " background '#ffffff'\nset output 'figure.svg'\n";
    }
    out << "set border 3 lw 1 lc rgb '#444444'\nset tics nomirror out scale 0.6 textcolor rgb "
           "'#222222'\n"
           "set grid xtics ytics lc rgb '#cccccc' lw 0.8 dt 1\nset style fill transparent\n"
           "set xlabel offset 0,-0.2\n";
    const int title_size = png ? 15 : 17;
    const int small_size = png ? 12 : 13;
    const auto label = [&](int number_of, const std::string& text, double pixels, int size,
                           const char* rgb) {
        if (text.empty()) return;
        out << "set label " << number_of << " " << single_quoted(text) << " at screen "
            << number(margin_left / layout.width) << "," << number(1 - pixels / layout.height)
            << " left noenhanced font '," << size << "' textcolor rgb '" << rgb << "'\n";
    };
    label(1, figure.title, 26, title_size, "#000000");
    label(2, figure.subtitle, 52, small_size, "#555555");
    out << "set multiplot\n";
    for (std::size_t i = 0; i < figure.panels.size(); ++i) {
        write_panel(out, figure, layout, i);
    }
    out << "unset multiplot\nset output\n";
    return out.str();
}

// A temporary folder, gone with all it holds when this ends.
class Workplace {
  public:
    Workplace() {
        std::error_code error;
        std::filesystem::path base = std::filesystem::temp_directory_path(error);
        if (error) base = "/tmp";
        std::string name = (base / "rankchain-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw Error("cannot make a temporary folder " + name + ": " + std::strerror(errno));
        }
        path_ = name;
    }
    ~Workplace() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return file ? text.str() : std::string();
}

void run_gnuplot(const std::filesystem::path& folder) {
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) throw Error("cannot start gnuplot");
    int code = posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    if (code == 0) {
        code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    for (const int descriptor : {1, 2}) {
        if (code != 0) break;
        code = posix_spawn_file_actions_addopen(&actions, descriptor,
                                                descriptor == 1 ? "stdout" : "stderr",
                                                O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    // Numbers and UTF-8 whatever the user's locale; no start-up file of the user's (-d).
    std::string locale = "LC_ALL=C.UTF-8";
    std::vector<char*> environment{locale.data()};
    for (char** entry = environ; *entry != nullptr; ++entry) {
        if (std::strncmp(*entry, "LC_", 3) != 0 && std::strncmp(*entry, "LANG", 4) != 0) {
            environment.push_back(*entry);
        }
    }
    environment.push_back(nullptr);
    std::string program = "gnuplot";
    std::string no_startup = "-d";
    std::string script = "script.gp";
    std::array<char*, 4> arguments{program.data(), no_startup.data(), script.data(), nullptr};
    pid_t child = 0;
    if (code == 0) {
        code = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(),
                            environment.data());
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    if (code == ENOENT) {
        throw Error(
            "gnuplot was not found on PATH, so no figure was drawn (Debian: apt-get install "
            "gnuplot-nox); the numbers are there all the same: rankchain export FILE, or "
            "rankchain plot FILE --data DATA.csv");
    }
    if (code != 0) throw Error("cannot start gnuplot: " + std::string(std::strerror(code)));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            throw Error("cannot wait for gnuplot: " + std::string(std::strerror(errno)));
        }
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw Error("gnuplot failed: " + content_of(folder / "stderr"));
    }
}

}  // namespace

void draw(const Figure& figure, const std::filesystem::path& file) {
    check_figure_path(file);
    const bool png = file.extension() == ".png";
    const Workplace workplace;
    write_file(workplace.path() / "script.gp", script_of(figure, png));
    run_gnuplot(workplace.path());
    const std::string drawn = content_of(workplace.path() / (png ? "figure.png" : "figure.svg"));
    if (drawn.empty()) {
        throw Error("gnuplot drew nothing: " + content_of(workplace.path() / "stderr"));
    }
    write_file(file, drawn);
}

}  // namespace rankchain::cli

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/gnuplot_script.hpp"

#include "host/cli/console.hpp"
#include "host/cli/figure_layout.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <locale>
#include <sstream>

namespace rankchain::cli {
namespace {

// gnuplot's single-quoted string: only the quote itself is special.
std::string single_quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    out += '\'';
    return out;
}

// A name in gnuplot's enhanced text: plain, but for the values of a spectrum.
std::string key_text(const std::string& name) {
    const std::size_t bar = name.find('_');
    if (name.starts_with("lambda_")) return single_quoted("λ_{" + name.substr(bar + 1) + "}");
    if (name.starts_with("lyapunov_")) return single_quoted("μ_{" + name.substr(bar + 1) + "}");
    std::string plain;
    for (const char c : name) {
        if (std::string_view("_^{}@&~\\").find(c) != std::string_view::npos) plain += '\\';
        plain += c;
    }
    return single_quoted(plain);
}

std::string tick_list(const std::vector<double>& ticks) {
    std::string list;
    for (const double tick : ticks) {
        list += (list.empty() ? "" : ", ") + single_quoted(number(tick)) + " " + number(tick);
    }
    return "(" + list + ")";
}

// The ends of an axis: a little beyond the data.
Range ends(const Axis& axis, const Range& data, double margin) {
    if (axis.min != 0 || axis.max != 0) return {axis.min, axis.max};
    if (axis.log_base > 0) {
        const double pad = std::pow(std::max(data.max / data.min, 1.5), margin);
        return {data.min / pad, data.max * pad};
    }
    const double span = data.max - data.min;
    const double pad = span > 0 ? margin * span : std::max(0.5, std::abs(data.max) * 0.1);
    return {(axis.from_zero ? std::min(data.min, 0.0) : data.min) - pad, data.max + pad};
}

constexpr const char* theory_line = " with lines dt (9,6) lw 1.6 lc rgb '";

// Writes one panel: its axes and key, its data as blocks, then one plot command.
class PanelScript {
  public:
    PanelScript(std::ostream& out, const Figure& figure, const FigureLayout& layout,
                std::size_t index)
        : out_(out),
          figure_(figure),
          layout_(layout),
          index_(index),
          panel_(figure.panels[index]),
          frame_(layout.frames[index]) {}

    void write() {
        measure();
        write_frame();
        write_axis('x', panel_.x, zero_shown_ ? Range{zero_at_, x_.max} : x_, zero_shown_);
        write_axis('y', panel_.y, y_, false);
        for (std::size_t s = 0; s < panel_.series.size(); ++s) {
            add_series(panel_.series[s], "$p" + std::to_string(index_) + "s" + std::to_string(s));
        }
        add_rest_of_key();
        std::string all;
        for (const std::string* list : {&bands_, &lines_, &zeros_}) {
            if (!list->empty()) also(all, *list);
        }
        out_ << "plot " << all << "\n";
    }

  private:
    static void also(std::string& list, const std::string& item) {
        list += (list.empty() ? "" : ", \\\n  ") + item;
    }

    [[nodiscard]] bool log_x() const { return panel_.x.log_base > 0; }
    [[nodiscard]] bool log_y() const { return panel_.y.log_base > 0; }

    void measure() {
        for (const Series& series : panel_.series) {
            for (const Point& point : series.points) {
                x_.add(point.x, log_x());
                if (series.theory) continue;  // may leave the frame
                zero_shown_ = zero_shown_ || (log_x() && point.x == 0);
                for (const double value : {point.y, point.low, point.high}) {
                    y_.add(value, log_y());
                }
            }
        }
        if (x_.empty()) x_ = {1, 1};
        if (y_.empty()) y_ = {1, 1};
        if (zero_shown_) zero_at_ = place_of_zero(x_, panel_.x.log_base);
    }

    void write_frame() {
        const auto x = [&](double pixels) { return number(pixels / layout_.width); };
        const auto y = [&](double pixels) { return number(1 - pixels / layout_.height); };
        out_ << "set lmargin at screen " << x(frame_.left) << "\nset rmargin at screen "
             << x(frame_.left + frame_.width) << "\nset tmargin at screen " << y(frame_.top)
             << "\nset bmargin at screen " << y(frame_.top + frame_.height) << "\n";
        if (figure_.panels.size() > 1) {
            out_ << "set title " << single_quoted(panel_.title) << " noenhanced offset 0,-0.4\n";
        }
        if (!frame_.has_key) {
            out_ << "unset key\n";
            return;
        }
        out_ << "set key at screen " << x(frame_.key_left) << "," << y(frame_.top)
             << " left top Left reverse vertical samplen 2.2 spacing 1.25\n";
    }

    void write_axis(char letter, const Axis& axis, const Range& data, bool zero) {
        const bool powers = axis.log_base == 10 && data.max / data.min >= 1000;
        out_ << "set " << letter << "label " << single_quoted(axis.title) << "\n";
        if (axis.log_base > 0) {
            out_ << "set logscale " << letter << " " << number(axis.log_base) << "\n";
        } else {
            out_ << "unset logscale " << letter << "\n";
        }
        out_ << "set format " << letter << (powers ? " '10^{%T}'\n" : " '%g'\n");
        out_ << "set " << letter << "tics autofreq\n";
        if (!axis.ticks.empty()) {
            out_ << "set " << letter << "tics " << tick_list(axis.ticks) << "\n";
        }
        // No small ticks where there is no scale: between 0 and 1.
        out_ << (axis.log_base == 10 && !zero ? "set m" : "unset m") << letter << "tics\n";
        if (zero) out_ << "set " << letter << "tics add ('0' " << number(zero_at_) << ")\n";
        const Range range = ends(axis, data, letter == 'x' ? 0.03 : 0.04);
        out_ << "set " << letter << "range [" << number(range.min) << ":" << number(range.max)
             << "]\n";
    }

    struct Written {
        std::size_t points = 0;
        bool band = false;
        std::string at_zero;
    };

    Written write_data(const Series& series, const std::string& block) {
        Written written;
        out_ << block << " << EOD\n";
        for (const Point& point : series.points) {
            if (!std::isfinite(point.y) || (log_y() && !(point.y > 0))) {
                out_ << "\n";  // a gap
                continue;
            }
            const double low = log_y() && point.low <= 0 ? y_.min : point.low;
            const bool banded =
                std::isfinite(low) && std::isfinite(point.high) && point.high >= low;
            written.band = written.band || (banded && point.high > low);
            const bool zero = log_x() && point.x == 0;
            const std::string line = number(zero ? zero_at_ : point.x) + " " + number(point.y) +
                                     " " + number(banded ? low : point.y) + " " +
                                     number(banded ? point.high : point.y) + "\n";
            if (!zero) {
                out_ << line;
                ++written.points;
            } else if (!series.theory) {
                written.at_zero += line;
            }
        }
        out_ << "EOD\n";
        return written;
    }

    void add_series(const Series& series, const std::string& block) {
        const Written written = write_data(series, block);
        const std::string rgb = " lc rgb '" + series.colour + "'";
        const std::string title =
            frame_.has_key && series.in_key ? " title " + key_text(series.name) : " notitle";
        if (series.theory) {
            also(lines_, block + " using 1:2" + theory_line + series.colour + "'" + title);
            return;
        }
        constexpr std::array<int, 4> marks{7, 5, 9, 13};  // dot, square, triangle, diamond
        const std::string mark =
            " pt " + std::to_string(marks.at(static_cast<std::size_t>(series.mark) % marks.size()));
        const bool dots = written.points <= 60;
        if (written.band && written.points > 0) {
            also(bands_, block +
                             " using 1:3:4 with filledcurves fs transparent solid 0.16 noborder" +
                             rgb + " notitle");
        }
        also(lines_, block + " using 1:2 with " + (dots ? "linespoints" : "lines") + " lw 2" + rgb +
                         (dots ? mark + " ps 0.55" : "") + title);
        if (written.at_zero.empty()) return;
        out_ << block << "z << EOD\n" << written.at_zero << "EOD\n";
        if (written.band) {
            also(bands_, block + "z using 1:2:3:4 with yerrorbars lw 3 pt 0 lc rgb '#55" +
                             series.colour.substr(1) + "' notitle");
        }
        also(zeros_, block + "z using 1:2 with points ps 0.75 lw 2" + mark + rgb + " notitle");
    }

    // One key serves all panels: theory that only later panels show is named in it too. Notes last.
    void add_rest_of_key() {
        if (!frame_.has_key) return;
        std::vector<std::string> named;
        for (const Panel& panel : figure_.panels) {
            for (const Series& series : panel.series) {
                const bool known =
                    std::find(named.begin(), named.end(), series.name) != named.end();
                if (!layout_.one_key || !series.theory || !series.in_key || known) continue;
                named.push_back(series.name);
                if (&panel == &panel_) continue;
                also(lines_,
                     "NaN" + (theory_line + series.colour) + "' title " + key_text(series.name));
            }
        }
        for (const std::string& note : figure_.notes) {
            also(lines_, "NaN with lines lc rgb '#ffffff' title " + key_text(note));
        }
    }

    std::ostream& out_;
    const Figure& figure_;
    const FigureLayout& layout_;
    std::size_t index_;
    const Panel& panel_;
    const Frame& frame_;
    Range x_;
    Range y_;
    bool zero_shown_ = false;
    double zero_at_ = 0;
    std::string bands_;
    std::string lines_;
    std::string zeros_;
};

}  // namespace

std::string gnuplot_script(const Figure& figure, bool png) {
    const FigureLayout layout = layout_of(figure);
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
    // The SVG terminal takes tick labels for wider than they are.
    if (!png) out << "set ylabel offset 0.8,0\n";
    const int title_size = png ? 15 : 17;
    const int small_size = png ? 12 : 14;
    const auto label = [&](int number_of, const std::string& text, double pixels, int size,
                           const char* rgb) {
        if (text.empty()) return;
        out << "set label " << number_of << " " << single_quoted(text) << " at screen "
            << number(layout.left / layout.width) << "," << number(1 - pixels / layout.height)
            << " left noenhanced font '," << size << "' textcolor rgb '" << rgb << "'\n";
    };
    label(1, figure.title, 26, title_size, "#000000");
    label(2, figure.subtitle, 52, small_size, "#555555");
    out << "set multiplot\n";
    for (std::size_t i = 0; i < figure.panels.size(); ++i) {
        PanelScript(out, figure, layout, i).write();
        if (i == 0) out << "unset label 1\nunset label 2\n";
    }
    out << "unset multiplot\nset output\n";
    return out.str();
}

}  // namespace rankchain::cli

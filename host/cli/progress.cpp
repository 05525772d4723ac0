// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/progress.hpp"

#include "host/cli/console.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace rankchain::cli {
namespace {

std::size_t terminal_columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

// Three digits, written out.
std::string rate(double value) {
    if (!(value >= 0 && value < 1e15)) return "?";
    const double unit = value < 1000 ? 1 : std::pow(10, std::floor(std::log10(value)) - 2);
    return number(static_cast<std::int64_t>(std::llround(std::round(value / unit) * unit)));
}

std::string text_of(const Progress& progress) {
    const double share = progress.layer_draws_total > 0
                             ? progress.layer_draws_done / progress.layer_draws_total
                             : 1.0;
    std::string text = percent(share) + "  cell " +
                       std::to_string(std::min(progress.cell + 1, progress.cells)) + " of " +
                       std::to_string(progress.cells);
    if (progress.seconds > 0) {
        text += "  " + rate(progress.layer_draws_done / progress.seconds) + " layers/s";
    }
    text += std::isfinite(progress.seconds_left) ? "  " + duration(progress.seconds_left) + " left"
                                                 : "  time left unknown";
    return text;
}

}  // namespace

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::show(const Progress& progress) {
    if (quiet_) return;
    const auto now = Clock::now();
    const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000);
    // The first plain line waits its turn too: short runs stay silent.
    if (!last_ && !terminal_) last_ = now;
    if (last_ && now - *last_ < pause) return;
    last_ = now;
    std::string line = text_of(progress);
    if (terminal_) {
        line.resize(std::min(line.size(), terminal_columns() - 1));
        line.insert(line.begin(), '\r');
        line += "\033[K";
        drawn_ = true;
    } else {
        line.insert(0, "rankchain: ");
        line += '\n';
    }
    (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

void ProgressLine::clear() {
    if (!drawn_) return;
    drawn_ = false;
    (void)std::fputs("\r\033[K", stderr);
}

}  // namespace rankchain::cli

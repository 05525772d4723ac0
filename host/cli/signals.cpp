// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#include "host/cli/signals.hpp"

#include <rankchain/error.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include <unistd.h>

namespace rankchain::cli {
namespace {

// What a handler may touch: lock-free atomics, nothing else.
std::atomic<bool> stop_asked{false};
std::atomic<int> signal_seen{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

constexpr std::array<int, 2> signals{SIGINT, SIGTERM};

extern "C" void on_signal(int signal) {
    if (stop_asked.exchange(true)) ::_exit(128 + signal);
    signal_seen = signal;
}

void install(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    if (sigemptyset(&action.sa_mask) != 0 || sigaction(signal, &action, nullptr) != 0) {
        throw Error("cannot handle signal " + std::to_string(signal) + ": " + std::strerror(errno));
    }
}

}  // namespace

StopSignals::StopSignals() {
    stop_asked = false;
    signal_seen = 0;
    for (const int signal : signals) {
        install(signal, on_signal);
    }
}

StopSignals::~StopSignals() {
    for (const int signal : signals) {
        (void)std::signal(signal, SIG_DFL);
    }
}

const std::atomic<bool>& StopSignals::stop() const {
    return stop_asked;
}

int StopSignals::exit_code() const {
    return signal_seen == 0 ? 0 : 128 + signal_seen;
}

}  // namespace rankchain::cli

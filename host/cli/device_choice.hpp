// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/cli/commands.hpp"

namespace rankchain::cli {

/// The device of a command. Where `auto` comes to mean the CPU one line on standard error says so
/// and why: if `auto` was written, or a GPU is there that cannot be used. (Who has none and did not
/// ask is not told on every run.) With `quiet` never.
Device choose_device(const DeviceArgument& argument, bool quiet);

}  // namespace rankchain::cli

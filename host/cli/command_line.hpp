// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rankchain::cli {

/// Reads the command line and does what it says; the exit code. InvalidArgument for what it cannot
/// say, and whatever the command throws.
int parse_and_run(int argc, char** argv);

}  // namespace rankchain::cli

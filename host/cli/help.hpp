// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// The examples that open each help text. The commands in them are run by tests/cli_test.cpp.
#pragma once

namespace rankchain::cli::help {

inline constexpr const char* overview = R"help(Examples:
  rankchain run study.toml                     run a study; result in study.rankchain
  rankchain plot study.rankchain               draw it: study.svg
  rankchain export study.rankchain             print it: tidy CSV
  rankchain rank matrices.npy --tau 0.1 0.5    the soft rank of your own matrices
  rankchain paper fig3a                        a figure of the paper, from nothing

Exit codes: 0 done, 1 failed, 2 bad input, 3 device trouble, 130 or 143 interrupted
(state saved). The study file is described in docs/study-file.md, each command in docs/cli.md.
)help";

inline constexpr const char* run = R"help(Examples:
  rankchain run study.toml                     result in study.rankchain, here
  rankchain run study.toml --dry-run           cells, time, memory, size; writes nothing
  rankchain run study.toml -o a.rankchain --draws 100 --seed 7
  rankchain run study.toml --resume            go on after an interruption, or with more draws

Control-C stops in good order: what was computed is kept, and --resume draws nothing twice.
)help";

inline constexpr const char* exported = R"help(Examples:
  rankchain export study.rankchain > study.csv
  rankchain export study.rankchain --format json > study.json
  rankchain export study.rankchain --draws > draws.csv

One row for each cell, recorded depth and metric.
)help";

inline constexpr const char* plot = R"help(Examples:
  rankchain plot study.rankchain               the first metric against depth: study.svg
  rankchain plot study.rankchain -o rank.png --metric rank_lower_bound
  rankchain plot study.rankchain --metric "soft_rank(0.5)" --x width
  rankchain plot study.rankchain --metric spectrum --log xy
  rankchain plot study.rankchain --data study-figure.csv

Mean over draws with a band, one line a cell, and the theory curve where there is one.
Needs gnuplot on PATH.
)help";

inline constexpr const char* rank = R"help(Examples:
  rankchain rank hidden.npy --tau 0.1          one matrix [d, N], or many [B, d, N]
  rankchain rank hidden.npy --tau 0.1 0.5 1

CSV: matrix,tau,soft_rank,resolved. The count is certified; resolved is 1 where the fast method
could not decide and a slower one did.
)help";

inline constexpr const char* paper = R"help(Examples:
  rankchain paper                              which figures there are
  rankchain paper fig2                         into the folder fig2: result, CSV, SVG, PNG
  rankchain paper fig3a --quick -o /tmp/fig3a
  rankchain paper fig3b --print-study          the study behind it, to change and run

Called again, it goes on where it was interrupted, and only draws where all is done.
)help";

inline constexpr const char* info = R"help(Examples:
  rankchain info
)help";

}  // namespace rankchain::cli::help

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
//
// What every contestant's results are compared with before anything is timed. Nothing of the
// engine's computes here: plain loops, and LAPACK's singular values.
#pragma once

#include "bench/suite_task.hpp"

#include <string>

namespace rankchain::bench {

/// Writes what all contestants are given into `folder`: {"weights", "input"}, the weights
/// [3, B, d, d] of the first draws of seed 1 and X [d, N], or {"matrices"} [B, n, n].
Json write_inputs(const Case& which, const Json& request, const std::string& folder);

/// Layer cases: {"output": FILE, "spread": s}. FILE has H [B, d, N] in float64 after the three
/// layers; s is the root mean square by which the same loops in float32 are away from it. To first
/// order both that distance and the one of any other correct program are the unit roundoff times
/// what the matrices make of it, so s measures the conditioning that a tolerance has to allow for.
///
/// Counts and studies (after three layers): {"low", "high"}, [B][tau]: the counts of a correct
/// program lie between. sigma_i is known to p u sigma_1 + e with p = max(d, N), u the roundoff of
/// the case's precision, and e = 16 s sqrt(d N) what the layers add (0 for given matrices).
Json reference(const Case& which, const Json& request);

}  // namespace rankchain::bench

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rankchain/study.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace rankchain::cli {

/// A result as one JSON object, piece by piece:
///
///   {"provenance": {...}, "study": "...", "seed": 1, "draws": 1000,
///    "rows": [{"width": 32, ..., "mean": 7.1, ..., "histogram": {"7": 900, "8": 100},
///              "draws": [7, 8, ...]}, ...]}
///
/// A row has the columns of the CSV under their names; `histogram` for integer metrics; `draws`
/// where asked for. JSON has no infinity and no NaN: these are the strings "inf", "-inf" and null.
void write_json(const Results& results, bool with_draws,
                const std::function<void(std::string_view)>& write);

/// The version of the JSON library, for `rankchain info`.
std::string json_library();

}  // namespace rankchain::cli

// SPDX-FileCopyrightText: 2026 The Rankchain authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/study/grid.hpp"

namespace rankchain {

/// parse_study() of rankchain/study.hpp with another way to read input files.
Study parse_study(std::string_view text, const std::filesystem::path& name,
                  const InputLoader& load);

/// Draws a study may ask for: the draw's number is 56 bits of the random counter.
inline constexpr std::int64_t draws_limit = std::int64_t{1} << 56;

}  // namespace rankchain
